# One man page from a command's --help (standard input). -v: command ("" for sluiced itself), section, summary, version,
# date, extra (a file of further sections in roff; "": none), others (pages to name at the end: "sluiced.8 …").
#
# What --help looks like: Usage:, paragraphs, options and commands indented by two blanks with their texts behind or below
# them, "Exit status:".

function escape(text) {
	gsub(/\\/, "\\e", text)
	gsub(/-/, "\\-", text)
	gsub(/…/, "...", text)
	while (match(text, /`[^`]*`/))
		text = substr(text, 1, RSTART - 1) "\\fB" substr(text, RSTART + 1, RLENGTH - 2) "\\fR" substr(text, RSTART + RLENGTH)
	sub(/^[.']/, "\\\\\\&&", text)
	return text
}

function section_of(title) {
	if (title != shown)
		print ".SH " title
	shown = title
	paragraph = 0
}

# The part of an indented line that names options, or a command with its argument.
function term_of(text,    rest) {
	rest = text
	if (text ~ /^-/)
		while (match(rest, /^-[-a-z]*V?( [A-Z][A-Z:]*)?(, )?/))
			rest = substr(rest, RLENGTH + 1)
	else if (match(rest, /^[a-z]+( create| \[?[A-Z]+(…)?\]?)?/))
		rest = substr(rest, RLENGTH + 1)
	return substr(text, 1, length(text) - length(rest))
}

function emphasize(term,    words, count, i, out) {
	count = split(term, words, " ")
	for (i = 1; i <= count; i++)
		out = out (i > 1 ? " " : "") (words[i] ~ /^[-a-z]/ ? "\\fB" : "\\fI") escape(words[i]) "\\fR"
	gsub(/,\\fR/, "\\fR,", out)
	return out
}

BEGIN {
	name = "sluiced" (command != "" ? "-" command : "")
	print ".\\\" Made from `" name "` --help."
	print ".TH " toupper(name) " " section " " date " \"Sluice " version "\" \"Sluice\""
	print ".SH NAME\n" escape(name) " \\- " escape(summary)
}

/^Usage: / {
	line = substr($0, 8)
	lead = "sluiced" (command != "" ? " " command : "")
	print ".SH SYNOPSIS\n.B " lead "\n" escape(substr(line, length(lead) + 2))
	section_of("DESCRIPTION")
	next
}

/^Commands:/ { section_of("COMMANDS"); next }
/^Exit status:/ { section_of("EXIT STATUS"); sub(/^Exit status: /, ""); print toupper(substr($0, 1, 1)) escape(substr($0, 2)); next }
/^$/ { paragraph = 1; next }

/^  -/ || (/^  [a-z]/ && shown == "COMMANDS") {
	if (/^  -/)
		section_of("OPTIONS")
	line = substr($0, 3)
	term = term_of(line)
	print ".TP\n" emphasize(term)
	text = substr(line, length(term) + 1)
	sub(/^ +/, "", text)
	if (text != "")
		print escape(text)
	next
}

/^    / { sub(/^ +/, ""); print escape($0); next }

# an example
/^  / { print (paragraph ? ".PP\n" : "") ".nf\n" escape(substr($0, 3)) "\n.fi"; paragraph = 0; next }

{
	if (paragraph)
		print ".PP"
	paragraph = 0
	print escape($0)
}

END {
	while (extra != "" && (getline line < extra) > 0)
		print line
	count = split(others, pages, " ")
	print ".SH SEE ALSO"
	for (i = 1; i <= count; i++) {
		split(pages[i], parts, ".")
		print ".BR " escape(parts[1]) " (" parts[2] ")" (i < count ? "," : "")
	}
	print ".PP\nThe pages named docs/ are installed in share/doc/sluice below the prefix."
}
