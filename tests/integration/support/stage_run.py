"""The real stages on a schedule: tests/tools/stage-run."""

import json
import subprocess


class StageRun:
    def __init__(self, build, folder, config, *options):
        path = folder / "stages.json"
        path.write_text(json.dumps(config))
        self.process = subprocess.Popen([build / "bin/stage-run", *options, path], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait(timeout=10)

    def ask_all(self, lines):
        """The answers to a few lines (what is asked and answered fits into the pipes)."""
        self.process.stdin.write("".join(json.dumps(line) + "\n" for line in lines))
        self.process.stdin.flush()
        answers = [json.loads(self.process.stdout.readline()) for _ in lines]
        assert not any("error" in answer for answer in answers), answers
        return answers

    def ask(self, **line):
        return self.ask_all([line])[0]
