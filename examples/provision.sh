#!/usr/bin/env bash
# Tenants, each with a pipeline made from one template. See --help.
set -euo pipefail
here=$(dirname "$0")
# shellcheck source=examples/api.sh
. "$here/api.sh"

usage() {
	cat <<EOF
Usage: ${0##*/} [OPTION…]
Makes sure that tenants are there, each with a pipeline made from a template. Run again, it changes nothing and says so.

  --count N           tenants tenant-001, tenant-002, … (100)
  --list FILE         or those of a file (- for standard input): NAME [DISPLAY NAME] a line, # begins a comment
  --template FILE     configuration in YAML or JSON; @TENANT@ in it is the tenant's name ($here/tenant.yml)
  --set NAME=VALUE    and @NAME@ is this value; @FILE as value: what the file holds. Repeatable
  --pipeline NAME     what each tenant's pipeline is called (flows)
  --wait SPAN         wait until each runs, at most this long, such as 10s
  --dry-run           check everything, change nothing
$api_options

Needs an admin's token. Exit status: 0 when all is as wanted, 1 when something was refused, 2 for a mistake in the options.
EOF
}

count=100 list='' template=$here/tenant.yml pipeline=flows wait='' dry=''
names=() values=()
while [ $# -gt 0 ]; do
	api_option "$@"
	shift "$taken"
	[ "$taken" -eq 0 ] || continue
	case $1 in
	--dry-run) dry='dry_run=true&'; shift; continue ;;
	--count | --list | --template | --set | --pipeline | --wait) [ $# -ge 2 ] || refuse_usage "$1 needs a value" ;;
	*) refuse_usage "there is no option $1" ;;
	esac
	case $1 in
	--count) count=$2; [[ $count =~ ^[0-9]{1,5}$ ]] || refuse_usage "--count: $2 is no number up to 99999" ;;
	--list) list=$2 ;;
	--template) template=$2 ;;
	--set)
		value=${2#*=}
		[[ $2 =~ ^[A-Z0-9_]+= ]] || refuse_usage "--set: $2 is not NAME=VALUE with a NAME of A-Z, 0-9 and _"
		[[ $value != @* ]] || value=$(<"${value#@}") || die "--set: ${value#@} cannot be read"
		names+=("${2%%=*}") values+=("$value")
		;;
	--pipeline) pipeline=$2 ;;
	--wait) wait="wait=$(quoted "$2")&" ;;
	esac
	shift 2
done
text=$(<"$template") || die "the template cannot be read"
for index in "${!names[@]}"; do
	text=${text//"@${names[index]}@"/"${values[index]}"}
done

# NAME and the tenant's own body, a line each.
tenants() {
	if [ -n "$list" ]; then
		sed 's/#.*//; s/^[[:space:]]*//; s/[[:space:]]*$//; /^$/d' "$list"
	else
		for ((number = 1; number <= 10#$count; number++)); do
			printf 'tenant-%03d Tenant %d\n' "$number" "$number"
		done
	fi | jq -Rr 'capture("^(?<name>\\S+)\\s*(?<display>.*)$")
		| "\(.name) \(if .display == "" then {} else {display_name: .display} end | tojson)"'
}

# put_tenant NAME BODY: $result is what became of it.
put_tenant() {
	local known=yes

	result=created
	if [ -n "$dry" ] && ! call GET "/v1/tenants/$1"; then
		[ "$status" = 404 ] || { problem "tenant $1"; return 1; }
		known=
	fi
	call PUT "/v1/tenants/$1?$dry" "$2" || { problem "tenant $1"; return 1; }
	[ -z "$known" ] || [ "$status" != 200 ] || { [ "$(field .changed)" = true ] && result=changed || result=unchanged; }
}

# put_pipeline TENANT: the same. Labels and description are no part of what "changed" tells; the ETag is of all that.
put_pipeline() {
	local path=/v1/tenants/$1/pipelines/$pipeline before=

	if call GET "$path"; then
		before=$etag
	elif [ "$status" != 404 ]; then
		problem "pipeline $1/$pipeline"
		return 1
	fi
	call PUT "$path?$dry$wait" "${text//@TENANT@/$1}" application/yaml || { problem "pipeline $1/$pipeline"; return 1; }
	result=unchanged
	if [ -z "$before" ]; then
		result=created
	elif [ "$etag" != "$before" ] || [ "$(field .action)" != none ]; then
		result=changed
	fi
}

# A dry run cannot try a pipeline where there is no tenant yet: its configuration is checked alone.
check_alone() {
	call POST /v1/validate "${text//@TENANT@/$1}" application/yaml || { problem "pipeline $1/$pipeline"; return 1; }
	result=created
}

provision() {
	put_tenant "$1" "$2" || return 1
	of_tenant=$result
	if [ -n "$dry" ] && [ "$of_tenant" = created ]; then
		check_alone "$1"
	else
		put_pipeline "$1"
	fi
}

created=0 changed=0 unchanged=0 failed=0
tenants >"$work/tenants" || die "the list cannot be read"
while read -r name body <&3; do
	if ! provision "$name" "$body"; then
		failed=$((failed + 1))
		continue
	fi
	case $of_tenant$result in
	unchangedunchanged) unchanged=$((unchanged + 1)); continue ;;
	*created) created=$((created + 1)) ;;
	*) changed=$((changed + 1)) ;;
	esac
	echo "$name: tenant $of_tenant, pipeline $result"
done 3<"$work/tenants"

echo "$((created + changed + unchanged + failed)) tenants: $created created, $changed changed, $unchanged unchanged," \
	"$failed failed${dry:+ (dry run: nothing was changed)}"
[ "$failed" -eq 0 ]
