"""The rooms of src/ and who may include whom, read from the room(...) lines of CMakeLists.txt.

A file of a room includes its own room and the rooms its line names, nothing they stand on. `main`
puts everything together and includes every room; nobody includes `main`, and only `main` `sim`.
"""

import re
import sys

import cpp

ROOM = re.compile(r"^\s*room\(\s*([a-z0-9_]+)((?:\s+[a-z0-9_]+)*)\s*\)", re.M)


def rooms(cmake):
    """{room: [dependencies]} in the order of the lines."""
    return {m.group(1): m.group(2).split() for m in ROOM.finditer(cmake)}


def cycle(graph):
    """The rooms of one cycle, first one repeated at the end, or None."""
    done = set()

    def visit(room, path):
        if room in path:
            return path[path.index(room):] + [room]
        if room in done:
            return None
        done.add(room)
        for dependency in graph.get(room, []):
            if found := visit(dependency, path + [room]):
                return found
        return None

    return next((found for room in graph if (found := visit(room, []))), None)


def check_graph(graph, folders):
    """Complaints about the lines themselves. `folders` are the names in src/."""
    found = []
    for room, dependencies in graph.items():
        for dependency in dependencies:
            if dependency not in graph:
                found.append(f"CMakeLists.txt: room({room}) names {dependency}, which has no line")
            elif dependency == "sim":
                found.append(f"CMakeLists.txt: room({room}) names sim; nobody includes it")
    if ring := cycle(graph):
        found.append(f"CMakeLists.txt: rooms in a ring: {' -> '.join(ring)}")
    for folder in sorted(folders):
        if folder not in graph and folder != "main":
            found.append(f"src/{folder}: no room({folder} ...) line in CMakeLists.txt")
    return found


def check_file(path, text, graph):
    """Complaints about the includes of src/ROOM/x.{h,cc}."""
    room = path.split("/")[1]
    found = []
    for line, name, quoted in cpp.includes(text):
        other = name.split("/")[0]
        if "/" not in name or (other not in graph and other != "main"):
            if quoted:
                found.append(f'{path}:{line}: "{name}" is no file of a room: '
                             'write "room/file.h" for ours, <...> for others')
            continue
        if not quoted:
            found.append(f'{path}:{line}: <{name}> is ours: write "{name}"')
        if other != room and room != "main" and other not in graph.get(room, []):
            found.append(f"{path}:{line}: {room} may not include {name}: "
                         f"room({room} ...) in CMakeLists.txt does not name {other}")
    return found


def check(root):
    """Complaints about the tree at `root`, a pathlib.Path."""
    graph = rooms((root / "CMakeLists.txt").read_text())
    source = root / "src"
    found = check_graph(graph, {p.name for p in source.iterdir() if any(p.glob("*.[hc]*"))})
    for path in sorted(source.glob("*/*")):
        if path.suffix in (".h", ".cc"):
            name = path.relative_to(root).as_posix()
            found += check_file(name, path.read_text(), graph)
    return found


if __name__ == "__main__":
    import pathlib
    complaints = check(pathlib.Path(__file__).resolve().parent.parent)
    print("\n".join(complaints))
    sys.exit(1 if complaints else 0)
