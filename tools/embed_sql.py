#!/usr/bin/env python3
"""Turns sql/queries/*.sql and sql/migrations/*.sql into C++ tables, one text per engine.

A query is a block that starts with `-- name: WORD`; the comment lines under it say what it guards.
Parameters are $1, $2, …  Four fragments differ between the engines:
  {{rows(a int, b text)}} b  a batch of rows, all parameters of the query, read as b.a and b.b after
                           `from`: SQLite runs the statement once a row with parameters in their
                           place, PostgreSQL once with an array per column
  {{for_update}} {{skip_locked}}  row locks; SQLite has one writer and needs none
  {{one_of(state: a b c)}}  whether a column is one of these words; for an `in` of three or more,
                           SQLite would make a table each time
In migrations, {{bytes}} is the type of byte strings, {{identity}} a primary key that counts up, and
{{clustered}} ends a table that is stored by its primary key.
"""
import pathlib, re, sys

ARRAYS = {"int": "bigint[]", "text": "text[]", "bytes": "bytea[]"}

ROWS = re.compile(r"\bfrom \{\{rows\((.*?)\)\}\} b\b(?: join (\w+ \w+) on\b)?", re.S)


def rows(engine, text):
    """The text with its batch expanded. As a subquery of one row, SQLite would copy it first."""
    batch = ROWS.search(text)
    if not batch:
        return text
    pairs = [c.split() for c in batch[1].split(",")]
    joined = batch[2]
    if engine == "sqlite":
        text = text.replace(batch[0], f"from {joined} where" if joined else "")
        numbers = {name: f"?{i}" for i, (name, _) in enumerate(pairs, 1)}
        return re.sub(r"\bb\.(\w+)", lambda m: numbers[m[1]], text)
    arrays = ", ".join(f"${i}::{ARRAYS[t]}" for i, (_, t) in enumerate(pairs, 1))
    source = f"from unnest({arrays}) as b({', '.join(n for n, _ in pairs)})"
    return text.replace(batch[0], f"{source} join {joined} on" if joined else source)


def one_of(lite, column, words):
    quoted = [f"'{w}'" for w in words]
    if not lite:
        return f"{column} in ({', '.join(quoted)})"
    return "(" + " or ".join(f"{column} = {w}" for w in quoted) + ")"


def expand(engine, text):
    lite = engine == "sqlite"
    text = rows(engine, text)
    text = re.sub(r"\{\{one_of\((\w+): ([\w ]+)\)\}\}",
                  lambda m: one_of(lite, m[1], m[2].split()), text)
    for fragment, ours, theirs in [
        ("for_update", "", "for update"), ("skip_locked", "", "for update skip locked"),
        ("bytes", "blob", "bytea"), ("clustered", "without rowid", ""),
        ("identity", "integer primary key autoincrement",
         "bigint generated always as identity primary key")]:
        text = text.replace("{{%s}}" % fragment, ours if lite else theirs)
    left = re.search(r"\{\{.*?\}\}", text)
    if left:
        sys.exit(f"embed_sql: unknown fragment {left[0]}")
    return re.sub(r"\$(\d+)", r"?\1", text) if lite else text


def literal(text):
    return 'R"sql(' + text.strip() + ')sql"'


def queries(folder):
    found = []
    for path in sorted(folder.glob("*.sql")):
        blocks = re.split(r"^-- name: (\w+)\s*$", path.read_text(), flags=re.M)
        for name, body in zip(blocks[1::2], blocks[2::2]):
            if name in (n for n, _ in found):
                sys.exit(f"{path}: two queries are named {name}")
            if not body.lstrip().startswith("--"):
                sys.exit(f"{path}: {name} has no comment that says what it is for")
            text = "\n".join(l for l in body.splitlines() if not l.startswith("--"))
            found.append((name, text))
    return found


def main():
    source, out = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    lines = ["// Made by tools/embed_sql.py from sql/queries and sql/migrations. Do not edit.",
             "#pragma once", '#include "sql/query.h"', "namespace sql::q {"]
    found = queries(source / "queries")
    for number, (name, text) in enumerate(found):
        batch = "true" if "{{rows(" in text else "false"
        lines.append(f'inline constexpr Query {name}{{{number}, "{name}", {batch}, '
                     f'{literal(expand("sqlite", text))}, {literal(expand("postgres", text))}}};')
    names = ", ".join("&" + name for name, _ in found)
    lines.append(f"inline constexpr const Query* all[] = {{{names}}};")
    lines.append("}\nnamespace sql {\ninline constexpr Migration migrations[] = {")
    for path in sorted((source / "migrations").glob("*.sql")):
        version, name = path.stem.split("_", 1)
        text = path.read_text()
        lines.append(f'{{{int(version)}, "{name}", {literal(expand("sqlite", text))}, '
                     f'{literal(expand("postgres", text))}}},')
    lines.append("};\n}")
    text = "\n".join(lines) + "\n"
    if not out.exists() or out.read_text() != text:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(text)


main()
