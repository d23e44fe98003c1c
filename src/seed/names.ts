/** Names and towns that belong together. Words are separated by spaces; _ is a space within a name. */
type Land = { first: string[]; last: string[]; towns: { name: string; lat: number; lng: number }[] }

const words = (text: string) => text.split(' ').map((word) => word.replaceAll('_', ' '))

const land = (country: string, first: string, last: string, towns: string): Land => ({
  first: words(first),
  last: words(last),
  towns: towns.split('; ').map((town) => {
    const [, name, lat, lng] = /^(.*) (-?[\d.]+) (-?[\d.]+)$/.exec(town) as unknown as [string, string, string, string]
    return { name: `${name}, ${country}`, lat: Number(lat), lng: Number(lng) }
  }),
})

export const lands: Land[] = [
  land(
    'Italy',
    'Chiara Giulia Francesca Elena Martina Sara Paola Lucia Marco Luca Andrea Matteo Davide Stefano Giorgio Pietro',
    'Rossi Ferrari Esposito Bianchi Romano Colombo Ricci Marino Greco Conti De_Luca Costa Fontana Moretti Barbieri',
    'Bologna 44.49 11.34; Torino 45.07 7.69; Napoli 40.85 14.27; Trieste 45.65 13.77',
  ),
  land(
    'Germany',
    'Anna Lena Julia Katrin Sabine Hannah Greta Ulrike Jonas Felix Lukas Moritz Stefan Jürgen Matthias Till',
    'Müller Schmidt Schneider Fischer Weber Wagner Becker Hoffmann Schäfer Koch Richter Klein Wolf Schröder Krüger',
    'Leipzig 51.34 12.37; Köln 50.94 6.96; Freiburg 47.99 7.85; Hamburg 53.55 9.99',
  ),
  land(
    'France',
    'Camille Léa Manon Chloé Inès Élodie Margaux Claire Hugo Louis Théo Antoine Julien Rémi Étienne Nicolas',
    'Martin Bernard Dubois Thomas Robert Petit Durand Leroy Moreau Lefèvre Roux Fournier Girard Mercier Blanchard',
    'Lyon 45.76 4.84; Nantes 47.22 -1.55; Lille 50.63 3.06; Rennes 48.11 -1.68',
  ),
  land(
    'Spain',
    'Lucía Marta Paula Alba Carmen Irene Nuria Pilar Pablo Álvaro Javier Diego Sergio Rubén Íñigo Joaquín',
    'García Fernández González Rodríguez López Martínez Sánchez Pérez Gómez Ruiz Díaz Moreno Muñoz Romero Navarro',
    'Valencia 39.47 -0.38; Sevilla 37.39 -5.98; Bilbao 43.26 -2.93; Zaragoza 41.65 -0.89',
  ),
  land(
    'Poland',
    'Agnieszka Katarzyna Magdalena Zofia Małgorzata Ewa Joanna Hanna Piotr Krzysztof Tomasz Paweł Michał Łukasz Jakub',
    'Nowak Wójcik Woźniak Mazur Krawczyk Wrona Zając Pawlak Dudek Sikora Baran Stępień Kubiak Wróbel Gołąb',
    'Kraków 50.06 19.94; Gdańsk 54.35 18.65; Poznań 52.41 16.93; Wrocław 51.11 17.03',
  ),
  land(
    'Sweden',
    'Astrid Elsa Maja Linnéa Ingrid Karin Frida Sofia Erik Oskar Björn Lars Nils Axel Gustav Henrik',
    'Andersson Johansson Karlsson Nilsson Eriksson Larsson Olsson Persson Lindberg Bergström Sandström Åkesson Holm',
    'Göteborg 57.71 11.97; Uppsala 59.86 17.64; Malmö 55.6 13; Umeå 63.83 20.26',
  ),
  land(
    'Ireland',
    'Aoife Niamh Ciara Sinéad Orla Róisín Maeve Gráinne Conor Cian Oisín Declan Eoin Pádraig Seán Fergus',
    "Murphy Kelly Byrne Ryan Walsh O'Brien O'Connor Doyle McCarthy Gallagher Doherty Kennedy Lynch Quinn Nolan",
    'Galway 53.27 -9.06; Cork 51.9 -8.47; Dublin 53.35 -6.26; Sligo 54.28 -8.48',
  ),
  land(
    'United Kingdom',
    'Olivia Amelia Isla Emily Grace Harriet Priya Zainab George Oliver Harry Callum Imran Rhys Alasdair Tom',
    'Smith Jones Taylor Brown Williams Wilson Davies Evans Patel Campbell Stewart Khan Hughes Morgan Ahmed Wright',
    'Leeds 53.8 -1.55; Bristol 51.45 -2.59; Glasgow 55.86 -4.25; Cardiff 51.48 -3.18',
  ),
  land(
    'Netherlands',
    'Sanne Femke Lotte Anouk Marijke Fleur Noor Iris Daan Bram Jeroen Sander Thijs Ruben Pieter Wouter',
    'de_Jong Jansen de_Vries van_den_Berg Bakker van_Dijk Visser Smit Meijer Mulder Bos Vos Peters Hendriks Dekker',
    'Utrecht 52.09 5.12; Groningen 53.22 6.57; Rotterdam 51.92 4.48; Nijmegen 51.84 5.86',
  ),
  land(
    'Türkiye',
    'Elif Zeynep Ayşe Defne Selin Gül Derya Pınar Mehmet Emre Can Burak Murat Deniz Ozan Kerem',
    'Yılmaz Kaya Demir Çelik Şahin Yıldız Öztürk Aydın Arslan Doğan Kılıç Aslan Çetin Kara Koç',
    'İzmir 38.42 27.14; Ankara 39.93 32.86; Eskişehir 39.78 30.52; Bursa 40.19 29.06',
  ),
  land(
    'Nigeria',
    'Adaeze Ngozi Chioma Yewande Folake Amina Ifeoma Temitope Emeka Chidi Tunde Babatunde Obinna Segun Musa Kelechi',
    'Okafor Adeyemi Okonkwo Balogun Eze Nwosu Abubakar Ogunleye Chukwu Oyelaran Ibrahim Adebayo Onyeka Bello Uche',
    'Lagos 6.52 3.38; Ibadan 7.38 3.95; Enugu 6.46 7.55; Abuja 9.06 7.5',
  ),
  land(
    'Kenya',
    'Wanjiru Achieng Njeri Atieno Wambui Mwende Akinyi Zawadi Kamau Otieno Mwangi Kipchoge Barasa Juma Omondi Kariuki',
    'Kimani Odhiambo Njoroge Wekesa Mutua Cheruiyot Ochieng Maina Ndungu Kiplagat Were Musyoka Githinji Owino Karanja',
    'Nairobi -1.29 36.82; Kisumu -0.09 34.77; Nakuru -0.3 36.08; Mombasa -4.04 39.67',
  ),
  land(
    'Ghana',
    'Akosua Ama Efua Abena Adwoa Yaa Esi Afia Kwame Kofi Kwabena Kojo Yaw Kwesi Nana Ebo',
    'Mensah Owusu Boateng Asante Osei Appiah Agyeman Amoah Ofori Ansah Addo Darko Acheampong Quaye Sarpong',
    'Accra 5.6 -0.19; Kumasi 6.69 -1.62; Tamale 9.4 -0.84; Cape Coast 5.11 -1.25',
  ),
  land(
    'Egypt',
    'Nour Salma Yasmin Mariam Heba Dina Farida Laila Omar Youssef Karim Tarek Hassan Mostafa Sherif Amr',
    'Hassan El-Sayed Mahmoud Farouk Abdallah Mansour Naguib Fahmy Shawky Sabry Ragab Zaki Helmy Gaber Soliman',
    'Cairo 30.04 31.24; Alexandria 31.2 29.92; Luxor 25.69 32.64; Port Said 31.26 32.3',
  ),
  land(
    'India',
    'Ananya Priyanka Meera Kavya Lakshmi Divya Nandini Ritu Arjun Rohan Vikram Sanjay Aditya Karthik Rahul Suresh',
    'Sharma Iyer Reddy Nair Gupta Banerjee Menon Kulkarni Desai Chatterjee Singh Joshi Rao Pillai Bhattacharya',
    'Pune 18.52 73.86; Kochi 9.93 76.27; Kolkata 22.57 88.36; Bengaluru 12.97 77.59',
  ),
  land(
    'Japan',
    'Yuki Sakura Haruka Aoi Naoko Keiko Misaki Ayumi Haruto Kenji Takumi Hiroshi Daiki Shota Ryo Makoto',
    'Sato Suzuki Takahashi Tanaka Watanabe Ito Yamamoto Nakamura Kobayashi Kato Yoshida Yamada Mori Ogawa Hayashi',
    'Kyoto 35.01 135.77; Sapporo 43.06 141.35; Fukuoka 33.59 130.4; Kanazawa 36.56 136.66',
  ),
  land(
    'Korea',
    'Ji-woo Seo-yeon Min-ji Ha-eun Soo-jin Eun-ji Da-eun Yuna Min-jun Ji-ho Seung-woo Hyun-woo Tae-yang Dong-hyun',
    'Kim Lee Park Choi Jung Kang Cho Yoon Jang Lim Han Oh Seo Shin Kwon',
    'Busan 35.18 129.08; Daejeon 36.35 127.38; Jeonju 35.82 127.15; Incheon 37.46 126.71',
  ),
  land(
    'Vietnam',
    'Linh Hương Thảo Trang Ngọc Mai Lan Hoa Minh Tuấn Dũng Hùng Quân Khánh Phúc Long',
    'Nguyễn Trần Lê Phạm Hoàng Huỳnh Phan Vũ Võ Đặng Bùi Đỗ Hồ Ngô Dương',
    'Huế 16.46 107.59; Đà Nẵng 16.05 108.2; Hà Nội 21.03 105.85; Cần Thơ 10.05 105.75',
  ),
  land(
    'Indonesia',
    'Dewi Siti Putri Ayu Ratna Indah Sri Wulan Budi Agus Dimas Rizky Bayu Hendra Fajar Yusuf',
    'Wijaya Santoso Pratama Hidayat Nugroho Saputra Lestari Kusuma Setiawan Rahayu Siregar Gunawan Susanto Utomo',
    'Bandung -6.92 107.61; Yogyakarta -7.8 110.37; Surabaya -7.26 112.75; Makassar -5.15 119.43',
  ),
  land(
    'Brazil',
    'Ana Beatriz Larissa Juliana Camila Fernanda Mariana Letícia João Pedro Rafael Thiago Gustavo Caio Vinícius Otávio',
    'Silva Santos Oliveira Souza Pereira Lima Carvalho Ferreira Ribeiro Almeida Gomes Rocha Barros Araújo Cardoso',
    'Recife -8.05 -34.88; Curitiba -25.43 -49.27; Salvador -12.97 -38.5; Belo Horizonte -19.92 -43.94',
  ),
  land(
    'Mexico',
    'Ximena Valeria Renata Daniela Guadalupe Paloma Itzel Citlali Emiliano Santiago Mateo Leonardo Ángel Ramiro Andrés',
    'Hernández Ramírez Flores Torres Rivera Cruz Morales Reyes Ortiz Mendoza Aguilar Castillo Vázquez Jiménez Luna',
    'Oaxaca 17.07 -96.73; Guadalajara 20.67 -103.35; Puebla 19.04 -98.21; Mérida 20.97 -89.62',
  ),
  land(
    'Argentina',
    'Florencia Agustina Micaela Rocío Milagros Julieta Belén Abril Facundo Nicolás Tomás Joaquín Ezequiel Bruno Lautaro',
    'Romero Acosta Benítez Medina Herrera Suárez Giménez Molina Pereyra Ledesma Peralta Ferreyra Bravo Sosa Cabrera',
    'Córdoba -31.42 -64.18; Rosario -32.95 -60.66; Mendoza -32.89 -68.84; La Plata -34.92 -57.95',
  ),
  land(
    'United States',
    'Emma Madison Abigail Jasmine Maria Destiny Rachel Naomi James Michael Tyler Marcus Jose Ethan Caleb Wesley',
    'Johnson Miller Davis Garcia Anderson Jackson White Harris Thompson Lewis Robinson Walker Young Nguyen Carter',
    'Portland 45.52 -122.68; Madison 43.07 -89.4; Asheville 35.6 -82.55; Santa Fe 35.69 -105.94',
  ),
  land(
    'Australia',
    'Charlotte Ruby Matilda Zoe Georgia Freya Mei Alinta Jack Lachlan Noah Angus Cooper Darcy Hamish Anh',
    'Kelly Mitchell Ryan Chen Edwards Bennett Murray Fraser Sullivan Pham Marshall Fletcher Watson Hart Brennan',
    'Hobart -42.88 147.33; Adelaide -34.93 138.6; Fremantle -32.06 115.75; Ballarat -37.56 143.85',
  ),
]

export const works = words(
  'Nurse Teacher Carpenter Baker Librarian Engineer Gardener Translator Electrician Architect Student Pharmacist ' +
    'Bus_driver Cook Accountant Midwife Programmer Farmer Illustrator Photographer Vet Plumber Historian Chemist ' +
    'Social_worker Potter Bookseller Surveyor Paramedic Geologist Tailor Journalist Retired_teacher Retired_sailor',
)
