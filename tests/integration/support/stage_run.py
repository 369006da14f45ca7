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

    def ask(self, **line):
        self.process.stdin.write(json.dumps(line) + "\n")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline())
        assert "error" not in answer, answer
        return answer
