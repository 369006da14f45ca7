/* sluiced completion: what a shell needs to complete our command lines. A test holds the table against each --help. */
#include <stdio.h>
#include <string.h>

#include "supervisor/command.h"
#include "supervisor/command_line.h"

static const char help_text[] =
	"Usage: sluiced completion bash|zsh\n"
	"Prints a script that completes sluiced's command lines. Where the shell looks for them:\n\n"
	"  sluiced completion bash > /etc/bash_completion.d/sluiced\n"
	"  sluiced completion zsh > /usr/local/share/zsh/site-functions/_sluiced\n\n"
	"  -h, --help   print this\n";

struct words {
	const char *command;
	const char *const *words;     /* "--name", "--name=" with a value, or a word; NULL-terminated */
};

#define WORDS(...) ((const char *const []){ __VA_ARGS__, "--help", NULL })

static const struct words commands[] = {
	{ "serve", WORDS("--config=", "--data-dir=", "--listen=", "--socket=", "--tls-cert=", "--tls-key=", "--insecure-listen",
		"--host-name=", "--ring-size=", "--page-address=", "--allow-endpoints=", "--max-workers=", "--file-root=", "--secrets-dir=", "--secret-env=", "--spool-limit=",
		"--sandbox=", "--drain-timeout=", "--log-level=", "--log-format=", "--host-id=") },
	{ "run", WORDS("--data-dir=", "--drain-timeout=", "--host-id=", "--ring-size=", "--status-interval=", "--log-level=",
		"--log-format=", "--sandbox=", "--summary=") },
	{ "check", WORDS("--effective", "--json") },
	{ "schema", WORDS("--reference") },
	{ "status", WORDS("--socket=", "--data-dir=", "--watch") },
	{ "token", WORDS("create", "--role=", "--tenant=", "--description=", "--expires=", "--data-dir=") },
	{ "backup", WORDS("--data-dir=") },
	{ "rekey", WORDS("--data-dir=") },
	{ "completion", WORDS("bash", "zsh") },
	{ "help", WORDS("serve", "run", "check", "schema", "status", "token", "backup", "rekey", "completion") },
	{ "version", NULL },
};

enum { COMMANDS = sizeof(commands) / sizeof(commands[0]) };

/* Options whose values are known; those of the others are left to the shell, which knows files. */
static const struct { const char *option, *values; } values[] = {
	{ "--role=", "admin operator viewer" },
	{ "--log-level=", "debug info warn error" },
	{ "--log-format=", "text json" },
	{ "--sandbox=", "auto require off" },
};

static const char *values_of(const char *option)
{
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		if (strcmp(values[i].option, option) == 0)
			return values[i].values;
	}
	return "";
}

/* A command's words, by the word before the one that is completed. */
static void print_command(const struct words *command)
{
	const char *blank = "";

	printf("\t%s)\n\t\tcase \"$before\" in\n", command->command);
	for (const char *const *word = command->words; *word != NULL; word++) {
		int length = (int)strcspn(*word, "=");

		if ((*word)[length] == '=')
			printf("\t\t%.*s) words=\"%s\" ;;\n", length, *word, values_of(*word));
	}
	printf("\t\t*) words=\"");
	for (const char *const *word = command->words; *word != NULL; word++) {
		printf("%s%.*s", blank, (int)strcspn(*word, "="), *word);
		blank = " ";
	}
	printf("\" ;;\n\t\tesac ;;\n");
}

static void print_script(void)
{
	puts("_sluiced()\n{\n"
	     "\tlocal word=\"${COMP_WORDS[COMP_CWORD]}\" before=\"${COMP_WORDS[COMP_CWORD-1]}\" words=\"\" command=\"\"\n"
	     "\t[ \"$COMP_CWORD\" -gt 1 ] && command=\"${COMP_WORDS[1]}\"\n"
	     "\tcase \"$command\" in");
	printf("\t\"\") words=\"");
	for (size_t i = 0; i < COMMANDS; i++)
		printf("%s ", commands[i].command);
	puts("--help --version\" ;;");
	for (size_t i = 0; i < COMMANDS; i++) {
		if (commands[i].words != NULL)
			print_command(&commands[i]);
	}
	puts("\tesac\n"
	     "\tCOMPREPLY=()\n"
	     "\t[ -n \"$words\" ] && COMPREPLY=($(compgen -W \"$words\" -- \"$word\"))\n"
	     "\treturn 0\n"
	     "}\n"
	     "complete -o bashdefault -o default -F _sluiced sluiced");
}

int command_completion(int argc, char **argv)
{
	static const struct option long_options[] = {
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	struct command_line line = { "completion", help_text, long_options, argc, argv, 0 };
	const char *shell;

	if (command_line_next(&line) == COMMAND_LINE_OVER)
		return line.status;
	shell = optind < argc ? argv[optind] : "";
	if (strcmp(shell, "bash") != 0 && strcmp(shell, "zsh") != 0)
		return command_line_refuse("completion", "which shell? bash or zsh");
	if (optind + 1 < argc)
		return command_line_refuse("completion", "takes one shell, found also %s", argv[optind + 1]);
	if (strcmp(shell, "zsh") == 0)
		puts("#compdef sluiced\nautoload -U +X bashcompinit && bashcompinit");
	print_script();
	return fflush(stdout) == 0 ? EXIT_STATUS_OK : EXIT_STATUS_ERROR;
}
