"""The command line: .venv/bin/python -m app COMMAND."""

from __future__ import annotations

import argparse
import asyncio
import sys

from pydantic import ValidationError

from conversations.desk_model import Role, Skill
from core.settings import Settings


def main(arguments: list[str] | None = None) -> int:
    """Parse the command line and carry it out; return the exit status."""
    options = _parser().parse_args(arguments)
    try:
        return _with_settings(options)
    except KeyboardInterrupt:
        print("\nStopped. The same command goes on where this one was.", file=sys.stderr)
        return 130


def _with_settings(options: argparse.Namespace) -> int:
    if options.command == "check":
        from app.check import check

        return check()
    try:
        settings = Settings()
    except ValidationError as error:
        print("The settings are not complete:", file=sys.stderr)
        for problem in error.errors():
            name = ".".join(str(part) for part in problem["loc"])
            print(f"  {'TONGDA_' + name.upper() + ': ' if name else ''}{problem['msg']}", file=sys.stderr)
        print("Every setting is described in .env.example.", file=sys.stderr)
        return 2
    return _carry_out(options, settings)


def _carry_out(options: argparse.Namespace, settings: Settings) -> int:
    # Each command imports what it needs: `app run` must not wait for torch.
    if options.command == "run":
        from app.run import run

        run(settings, options.only)
    elif options.command == "serve":
        from app.service import serve

        serve(settings)
    elif options.command == "train":
        from app.train import train

        train(settings, options.force)
    elif options.command == "migrate":
        from app.migrate import upgrade

        asyncio.run(upgrade(settings.database))
    elif options.command == "evaluate":
        from app.evaluate import evaluate

        return evaluate(options, settings)
    elif options.command == "doctor":
        from app.doctor import doctor

        return doctor(settings)
    elif options.command == "knowledge":
        from app.knowledge_command import knowledge

        return knowledge(options, settings)
    elif options.command == "wechat":
        from app.wechat_command import publish

        return publish(settings, options.account)
    elif options.command == "staff":
        from app.staff_command import staff

        return staff(options, settings)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m app", description="Tongda 通达")
    commands = parser.add_subparsers(dest="command", required=True)
    run = commands.add_parser("run", help="start everything on loopback")
    run.add_argument(
        "--only", choices=["service", "rasa", "sandbox", "wechat"], help="start one kind of process"
    )
    commands.add_parser("serve", help="the service alone, in this process (what `run` supervises)")
    train = commands.add_parser("train", help="rebuild the models whose inputs changed")
    train.add_argument("--force", action="store_true", help="rebuild them all")
    commands.add_parser("migrate", help="bring the database to the current schema")
    evaluate = commands.add_parser("evaluate", help="measure on your own files")
    measures = evaluate.add_subparsers(dest="measure", required=True)
    retrieval = measures.add_parser("retrieval", help="top-1, MRR, recall@3, abstention")
    retrieval.add_argument("--questions", help='lines of {"question", "article"}; default: the held-out ones')
    retrieval.add_argument(
        "--out-of-scope", nargs="*", default=[], help="text files none of whose lines is ours"
    )
    retrieval.add_argument("--json", action="store_true", help="print one JSON object")
    intents = measures.add_parser("intents", help="accuracy, precision and recall, confusion, calibration")
    intents.add_argument(
        "--utterances", required=True, help='lines of {"text", "label", "alt_labels": [...]}'
    )
    intents.add_argument("--json", action="store_true", help="print one JSON object")
    catalogue = measures.add_parser(
        "catalogue", help="entity, property, constraint, answers; zero-shot or trained"
    )
    catalogue.add_argument(
        "--catalogue", required=True, help="folder with plan_catalogue.jsonl and its tables"
    )
    catalogue.add_argument(
        "--questions", required=True, help='lines of {"question", "property", "entity", "answer", ...}'
    )
    catalogue.add_argument("--train", help="questions of the same form to train on; without it, zero-shot")
    catalogue.add_argument("--json", action="store_true", help="print one JSON object")
    _add_knowledge(commands.add_parser("knowledge", help="articles and releases of the running service"))
    _add_staff(commands.add_parser("staff", help="accounts of agents and operators"))
    official = commands.add_parser("wechat", help="official accounts")
    menu = official.add_subparsers(dest="verb", required=True).add_parser(
        "menu", help="put the custom menus below the chats"
    )
    menu.add_argument("--account", help="of this account alone")
    commands.add_parser("doctor", help="what is missing or misconfigured, and what to do")
    commands.add_parser("check", help="lint, types, import rules, YAML and Rasa data")
    return parser


def _add_knowledge(parser: argparse.ArgumentParser) -> None:
    verbs = parser.add_subparsers(dest="verb", required=True)
    take = verbs.add_parser("import", help="take articles from a YAML, CSV or Excel file into the drafts")
    take.add_argument("file")
    take.add_argument("--dry-run", action="store_true", help="say what would happen, and change nothing")
    take.add_argument("--rest", action="store_true", help="take the good rows though others are bad")
    give = verbs.add_parser("export", help="write the drafts to a file, or as YAML to the terminal")
    give.add_argument("file", nargs="?", help="*.yml, *.csv or *.xlsx")
    publish = verbs.add_parser("publish", help="test every draft and make it live; status 0 only when live")
    publish.add_argument("--override", metavar="REASON", help="publish though the gate blocks it")
    publish.add_argument("--note", help="what the release is about")
    verbs.add_parser("rollback", help="make the release before live again; drafts stay")
    verbs.add_parser("status", help="what is live, which drafts wait, what the gate said last")


def _add_staff(parser: argparse.ArgumentParser) -> None:
    verbs = parser.add_subparsers(dest="verb", required=True)
    add = verbs.add_parser("add", help="add somebody; prints a one-time password")
    add.add_argument("login")
    add.add_argument("--name", required=True, help="as customers see it")
    add.add_argument("--role", action="append", required=True, choices=[role.value for role in Role])
    add.add_argument(
        "--skill", action="extend", nargs="+", default=[], choices=[skill.value for skill in Skill]
    )
    add.add_argument("--capacity", type=int, default=5, help="conversations at once")
    reset = verbs.add_parser("reset", help="give somebody a new one-time password")
    reset.add_argument("login")
    verbs.add_parser("list", help="who there is")


if __name__ == "__main__":
    sys.exit(main())
