# For the scripts beside this one, which source it: one call of the API, its answer, and problems in words.
#
# Token and bodies are handed to curl by pipe: what stands among a process's arguments can be read by every user.
# shellcheck shell=bash disable=SC2034 # variables are for those who source it

url=${SLUICE_URL:-http://127.0.0.1:8470}
token=${SLUICE_TOKEN:-}
ca_file=
socket=
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
answer=$work/answer     # the body of the last answer
status=                 # its status
etag=                   # its ETag, empty when it has none

api_options="  --url URL           where sluiced serve listens (\$SLUICE_URL, else http://127.0.0.1:8470)
  --token-file FILE   a token (else \$SLUICE_TOKEN)
  --ca-file FILE      certificates to trust (PEM), with https
  --socket PATH       the server's Unix socket, in place of URL and token
  -h, --help          print this"

die() {
	echo "${0##*/}: $*" >&2
	exit 1
}

refuse_usage() {
	echo "${0##*/}: $*; see --help" >&2
	exit 2
}

# api_option "$@": takes one of the options above; $taken is how many words it was, 0 when it is none of them.
api_option() {
	taken=2
	case $1 in
	--url | --token-file | --ca-file | --socket) [ $# -ge 2 ] || refuse_usage "$1 needs a value" ;;
	esac
	case $1 in
	--url) url=${2%/} ;;
	--token-file) token=$(<"$2") || die "the token cannot be read" ;;
	--ca-file) ca_file=$2 ;;
	--socket) socket=$2 url=http://localhost ;;
	-h | --help) usage; exit 0 ;;
	*) taken=0 ;;
	esac
}

# call METHOD PATH [BODY [CONTENT-TYPE [IF-MATCH]]]: fills $status, $answer and $etag. True when it was not refused.
call() {
	local method=$1 path=$2 body=${3:-} type=${4:-application/json} match=${5:-} said
	local options=(--silent --show-error --globoff --retry 3 --max-time 300 --request "$method" --output "$answer"
		--write-out '%{http_code} %header{etag}')

	[ -z "$body" ] || options+=(--header "Content-Type: $type" --data-binary @-)
	[ -z "$match" ] || options+=(--header "If-Match: $match")
	[ -z "$ca_file" ] || options+=(--cacert "$ca_file")
	# who may open the socket is an admin, without a token
	[ -z "$socket" ] || options+=(--unix-socket "$socket")
	: >"$answer"
	said=$(curl "${options[@]}" --header @<([ -n "$socket" ] || printf 'Authorization: Bearer %s\n' "$token") \
		"$url$path" <<<"$body") || die "$url cannot be asked (see above)"
	read -r status etag <<<"$said"
	[ "$status" -lt 400 ]
}

# What the last answer says, one member: field .changed
field() {
	jq -r "$1" "$answer"
}

# The last answer, a refusal, in words: what was wanted, status and code, and each error with its place.
problem() {
	echo "$1: $status $(jq -r '"\(.code // "without a code"): \(.detail // .title // "")"' "$answer" 2>/dev/null ||
		echo "no JSON: is this sluiced serve?")" >&2
	jq -r '.errors[]? | "    \(if .pointer == "" then "(the whole)" else .pointer end)"
		+ (if .line then " (line \(.line), column \(.column))" else "" end) + ": \(.detail)"
		+ (if .suggestion then "; did you mean \(.suggestion)?" else "" end)' "$answer" >&2 2>/dev/null || true
	jq -r '"    request \(.request_id // "?")"' "$answer" >&2 2>/dev/null || true
	# no other call would fare better
	case $status in
	401 | 429) die "the token does not hold: give --token-file, \$SLUICE_TOKEN or --socket" ;;
	503) die "the server cannot do it at the moment" ;;
	esac
}

# pages PATH-WITH-QUERY: every item of a list, one line of JSON each, in the file $work/items.
pages() {
	local next=

	: >"$work/items"
	while true; do
		call GET "$1&limit=1000$next" || { problem "GET ${1%%\?*}"; exit 1; }
		jq -c '.items[]' "$answer" >>"$work/items"
		next=$(field '.next_page_token // ""')
		[ -n "$next" ] || break
		next="&page_token=$next"
	done
}

# A text as it may stand in a query.
quoted() {
	jq -rn --arg text "$1" '$text | @uri'
}
