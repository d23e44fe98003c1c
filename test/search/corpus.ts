/**
 * Short texts in many languages, and the name of somebody who might have written them. `without` is the text as those
 * write it who leave its marks out, where that is usual.
 */
export type Sample = { language: string; text: string; name: string; without?: string; spaceless?: string[] }

export const corpus: Sample[] = [
  {
    language: 'English',
    text: "Don't wait: rock'n'roll at Anna's bakery, well-known and open.",
    name: "Maeve O'Brien",
  },
  {
    language: 'German',
    text: 'Größere Züge fahren über weiße Brücken; draußen wärmt Öl.',
    name: 'Jürgen Weiß',
    without: 'Grossere Zuge fahren uber weisse Brucken; draussen warmt Ol.',
  },
  {
    language: 'French',
    text: 'L’œuvre d’été était très naïve, çà et là garçon où l’hôtel dort.',
    name: 'Zoë Lefèvre',
    without: "L'oeuvre d'ete etait tres naive, ca et la garcon ou l'hotel dort.",
  },
  {
    language: 'Italian',
    text: 'Perché l’acqua è più fredda di là, nell’ombra della città?',
    name: 'Niccolò D’Angelo',
    without: "Perche l'acqua e piu fredda di la, nell'ombra della citta?",
  },
  {
    language: 'Spanish',
    text: '¿Mañana añoras el pingüino? ¡Qué corazón más cálido!',
    name: 'Íñigo Muñoz',
    without: 'Manana anoras el pinguino? Que corazon mas calido!',
  },
  {
    language: 'Polish',
    text: 'Zażółć gęślą jaźń, mówi źrebię w Łodzi świtem.',
    name: 'Łukasz Żółkiewski',
    without: 'Zazolc gesla jazn, mowi zrebie w Lodzi switem.',
  },
  {
    language: 'Czech',
    text: 'Příliš žluťoučký kůň úpěl ďábelské ódy večer.',
    name: 'Růžena Čtvrtníčková',
    without: 'Prilis zlutoucky kun upel dabelske ody vecer.',
  },
  {
    language: 'Turkish',
    text: 'İstanbul’da ılık bir IĞDIR akşamı; çocuklar şişeyi düşürdü.',
    name: 'Işıl İbrahimoğlu',
    without: "Istanbul'da ilik bir IGDIR aksami; cocuklar siseyi dusurdu.",
  },
  {
    language: 'Vietnamese',
    text: 'Buổi sáng đường phố đẹp lắm, người ta uống cà phê sữa đá.',
    name: 'Nguyễn Thị Hường',
    without: 'Buoi sang duong pho dep lam, nguoi ta uong ca phe sua da.',
  },
  {
    language: 'Icelandic',
    text: 'Þórður kemur ætíð öðrum á óvart með hæð sinni.',
    name: 'Þóra Æsa Guðmundsdóttir',
    without: 'Thordur kemur aetid odrum a ovart med haed sinni.',
  },
  {
    language: 'Greek',
    text: 'Ο Γιώργος λέει τον λόγο της θάλασσας, ο ουρανός είναι ρόδινος.',
    name: 'Γιώργος Αγγελόπουλος',
    without: 'Ο Γιωργος λεει τον λογο της θαλασσας, ο ουρανος ειναι ροδινος.',
  },
  {
    language: 'Russian',
    text: 'Ёжик ещё спит под ёлкой, а объявление моё мокнет.',
    name: 'Фёдор Королёв',
    without: 'Ежик еще спит под елкой, а объявление мое мокнет.',
  },
  {
    language: 'Ukrainian',
    text: 'Їжак з’їв пів’яблука, ґава й єнот сміються у гаї.',
    name: 'Соломія Їжакевич',
  },
  { language: 'Bulgarian', text: 'Жълтата щърка прелетя над реката вчера.', name: 'Ангел Върбанов' },
  { language: 'Georgian', text: 'ზღვის პირას ბავშვები ქვიშის კოშკს აშენებენ.', name: 'ნინო ბერიძე' },
  { language: 'Armenian', text: 'Ծովի ափին երեխաները ավազե ամրոց են կառուցում։', name: 'Արամ Գրիգորյան' },
  {
    language: 'Arabic',
    text: 'ذَهَبَ الوَلَدُ إلى المَدْرَسَةِ، والســـلام عليكم في ١٢٣٤',
    name: 'مُحَمَّد الهاشِمي',
    without: 'ذهب الولد إلى المدرسة، والسلام عليكم في 1234',
  },
  { language: 'Persian', text: 'می‌خواهم کتاب‌های تازه را در کتابخانه بخوانم', name: 'پروین کیانی' },
  {
    language: 'Hebrew',
    text: 'שָׁלוֹם לַיְלָדִים, צה״ל וחז״ל בסֵפֶר אחד',
    name: 'יוֹסֵף בן־דָּוִד',
    without: 'שלום לילדים, צהל וחזל בספר אחד',
  },
  { language: 'Hindi', text: 'बच्चे नदी के किनारे पढ़ते हैं और हिन्दी में गाते हैं।', name: 'प्रिया शर्मा' },
  { language: 'Bengali', text: 'আমরা বাংলায় গান গাই, বৃষ্টি পড়ে সারাদিন।', name: 'রবীন্দ্র চট্টোপাধ্যায়' },
  { language: 'Tamil', text: 'தமிழ் விரைவு வண்டி காலையில் கடற்கரைக்குச் செல்கிறது.', name: 'கவிதா முருகன்' },
  { language: 'Telugu', text: 'పిల్లలు నది ఒడ్డున కథలు చదువుతున్నారు.', name: 'శ్రీనివాస్ రెడ్డి' },
  { language: 'Sinhala', text: 'ශ්‍රී ලංකාවේ ළමයි මුහුද අසල සෙල්ලම් කරති.', name: 'නිමල් පෙරේරා' },
  { language: 'Amharic', text: 'ልጆች በወንዝ ዳር መጽሐፍ ያነባሉ።', name: 'አበበ ቢቂላ' },
  { language: 'Tibetan', text: 'བོད་ཡིག་སློབ་གྲྭ་ལ་འགྲོ།', name: 'བསྟན་འཛིན' },
  { language: 'Korean', text: '아이들이 한강에서 자전거를 타고 노래를 부른다.', name: '김한솔' },
  {
    language: 'Japanese',
    text: '東京都の図書館でコーヒーを飲みながら、ﾊﾝｶｸの本を読む。',
    name: '田中はなこ',
    spaceless: ['東京', '京都', '図書館', '書館', 'コーヒー', '飲みながら', 'ハンカク', '読む'],
  },
  {
    language: 'Chinese',
    text: '北京大学的学生在图书馆里看书，晚上去河边散步。',
    name: '王小明',
    spaceless: ['北京', '大学', '北京大学', '学生', '图书馆', '看书', '晚上', '河边散步'],
  },
  {
    language: 'Thai',
    text: 'เด็กอ่านหนังสือริมแม่น้ำทุกเช้าในกรุงเทพ',
    name: 'สมชาย ใจดี',
    spaceless: ['เด็ก', 'อ่าน', 'หนังสือ', 'แม่น้ำ', 'ทุกเช้า', 'กรุงเทพ'],
  },
  {
    language: 'Lao',
    text: 'ເດັກນ້ອຍອ່ານປຶ້ມຢູ່ແຄມແມ່ນ້ຳຂອງ',
    name: 'ບຸນມີ ສີສະຫວັດ',
    spaceless: ['ເດັກນ້ອຍ', 'ອ່ານ', 'ປຶ້ມ', 'ແມ່ນ້ຳຂອງ'],
  },
  {
    language: 'Khmer',
    text: 'ក្មេងៗអានសៀវភៅក្បែរទន្លេរាល់ព្រឹក',
    name: 'សុខ សុភា',
    spaceless: ['អាន', 'សៀវភៅ', 'ទន្លេ', 'ព្រឹក'],
  },
  {
    language: 'Burmese',
    text: 'ကလေးများလမ်းဘေးမှာစာဖတ်နေကြသည်',
    name: 'အောင်မြင့်',
    spaceless: ['ကလေး', 'လမ်း', 'စာဖတ်'],
  },
  {
    language: 'addresses, numbers and signs',
    text:
      'x9.js v2.14.3 3.14 2026-11-27 docs/x9/readme.md notes_2024.txt and/or hello.World 192.168.10.254 C++ C# .NET ' +
      '+39-055-451 mail a-x9@example.org #日本 @anna.k ＦＵＬＬＷＩＤＴＨ ﬁne ① ½ 👩‍👩‍👧‍👦 🇮🇹',
    name: 'R2-D2 №9',
    spaceless: [
      'x9',
      'js',
      '055',
      '14',
      'md',
      'example.org',
      'World',
      '254',
      'net',
      'fullwidth',
      'fine',
      '👧',
      '👩‍👩‍👧‍👦',
    ],
  },
]

/** The words of a text that somebody might copy: what is between white space, without the signs around it. */
export const copied = ({ text, spaceless = [] }: Sample): string[] => [
  ...new Set([
    ...text
      .split(/\s+/)
      .map((word) => word.replace(/^[^\p{L}\p{N}\p{M}\p{S}]+|[^\p{L}\p{N}\p{M}\p{S}]+$/gu, ''))
      .filter((word) => [...word].length >= 2),
    ...spaceless,
  ]),
]

/** A text as others write it: in both normal forms, in both cases, as a Turk writes upper case, and without its marks. */
export const waysToWrite = (text: string): string[] => [
  ...new Set([
    ...[text, text.normalize('NFC'), text.normalize('NFD'), text.normalize('NFKC')],
    ...[text.toUpperCase(), text.toLowerCase(), text.toLocaleUpperCase('tr')],
  ]),
]
