"""Commands on stdin, a line each; the event `command` answers each. See README.md for what there is."""

import shlex

from faults import GARBAGE, PLACES, Rule


class Control:
    def __init__(self, server):
        self._server = server
        self._commands = {
            "fail": self._fail,
            "lose-answers": self._lose_answers,
            "hang": self._at_a_place,
            "reset": self._at_a_place,
            "slow": self._slow,
            "garbage-answer": self._garbage_answer,
            "release": lambda name, words, options: server.faults.release(resets="reset" in words),
            "clear": lambda name, words, options: server.faults.clear(),
            "close-idle": lambda name, words, options: {"closed": server.close_idle()},
            "close-all": lambda name, words, options: server.cut_all(),
            "clock": self._clock,
            "state": lambda name, words, options: server.report("state", **server.state()),
        }

    def run(self, lines):
        """Until `quit` or the end of the lines."""
        for line in lines:
            name, answer, problem = line.strip().partition(" ")[0], {}, ""
            if name == "quit":
                return
            try:
                words = shlex.split(line)[1:]
                command = self._commands.get(name)
                if command is None:
                    raise ValueError("no such command")
                options = dict(word.split("=", 1) for word in words if "=" in word)
                answer = command(name, [word for word in words if "=" not in word], options) or {}
            except (ValueError, TypeError, IndexError) as found:
                problem = str(found)
            self._server.report("command", name=name, error=problem, **answer)

    def _add(self, *arguments, **options):
        self._server.faults.add(Rule(*arguments, **options))

    def _fail(self, name, words, options):
        if not 300 <= int(words[0]) <= 599:
            raise ValueError("a status from 300 to 599 is needed")
        known = {"count", "match", "method", "retry_after", "code", "message", "location", "early"}
        if set(options) - known:
            raise ValueError(f"no such option: {set(options) - known}")
        self._add("fail", words[0], **options)

    def _lose_answers(self, name, words, options):
        self._add("lose-answers", count=int(words[0]), **options)

    def _at_a_place(self, name, words, options):
        if words[0] not in PLACES[name]:
            raise ValueError(f"the place is one of {PLACES[name]}")
        self._add(name, words[0], **options)

    def _slow(self, name, words, options):
        if int(words[0]) < 1:
            raise ValueError("bytes a second are needed")
        self._add("slow", words[0], **options)

    def _garbage_answer(self, name, words, options):
        if words[0] not in GARBAGE:
            raise ValueError(f"the kind is one of {GARBAGE}")
        self._add("garbage-answer", words[0], **options)

    def _clock(self, name, words, options):
        self._server.clock_offset = float(words[0])
