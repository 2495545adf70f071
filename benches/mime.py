#!/usr/bin/env python3
"""Measures how mails are taken apart: `vorlage parse` against a set with the truth of each mail.

    python3 benches/mime.py SET [--program target/debug/vorlage]

SET has `docs/` and `truth.jsonl`, a line for each file: {"file", "fields": {"subject", "text_bodies",
"html_bodies", "attachments"}}. Text and HTML bodies are counted as RFC 8621 (section 4.1.4) does it,
attachments at the top level of the mail. A mail is right when all four are; attachments have to be
there as documents, and text bodies as text, not only as a number.
"""
import argparse
import json
import pathlib
import subprocess
import sys


def read(program, folder):
    """What is read from every file, by its path within the set."""
    command = [program, "parse", str(folder / "docs"), "--json", "--jobs", "2"]
    lines = subprocess.run(command, stdout=subprocess.PIPE, text=True).stdout.splitlines()
    results = (json.loads(line) for line in lines)
    return {str(pathlib.Path(it["file"]).relative_to(folder)): it["parsed"] for it in results}


def compare(wanted, parsed):
    """The names of what is wrong."""
    envelope = parsed["envelope"] or {}
    leaves = envelope.get("leaves", {})
    found = {
        "subject": envelope.get("subject"),
        "text_bodies": leaves.get("text"),
        "html_bodies": leaves.get("html"),
        "attachments": leaves.get("attached"),
    }
    same = lambda it: it.split() if isinstance(it, str) else it or 0
    wrong = [name for name, value in found.items() if same(value or "") != same(wanted.get(name) or "")]
    documents = [it for it in parsed["documents"] if it["part"] != "body"]
    if len(documents) < (wanted.get("attachments") or 0):
        wrong.append("documents")
    return wrong


def main():
    arguments = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    arguments.add_argument("set", type=pathlib.Path)
    arguments.add_argument("--program", default="target/debug/vorlage")
    given = arguments.parse_args()
    results = read(given.program, given.set)
    truth = [json.loads(line) for line in (given.set / "truth.jsonl").open()]
    wrong = {}
    for case in truth:
        parsed = results.get(case["file"])
        found = ["no answer"] if parsed is None else compare(case["fields"], parsed)
        if found:
            wrong[case["file"]] = found
    for file, names in wrong.items():
        print(f"{file}: {', '.join(names)}")
    right = len(truth) - len(wrong)
    print(f"{right} of {len(truth)} mails taken apart as they should be ({right / len(truth):.1%})")
    sys.exit(0 if right >= 0.95 * len(truth) else 1)


if __name__ == "__main__":
    main()
