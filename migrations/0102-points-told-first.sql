-- Points that somebody is told of are found at once, even while millions of an import are given that nobody is told of.
create index score_due_told on score_due (id) where not quiet;
