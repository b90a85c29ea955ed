"""Just enough reading of C++ for our own rules: bare code, comments, includes, functions."""

import re

TOKEN = re.compile(
    r'//[^\n]*'
    r'|/\*.*?\*/'
    r'|(?:u8|[uUL])?R"(?P<mark>[^()\s\\]{0,16})\(.*?\)(?P=mark)"'
    r'|(?:u8|[uUL])?"(?:\\.|[^"\\\n])*"'
    r"|(?<![0-9a-fA-F])'(?:\\.|[^'\\\n])+'",
    re.S)
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*(?:"([^"\n]+)"|<([^>\n]+)>)', re.M)
# What a scope that holds declarations, not statements, begins with.
SCOPE = re.compile(r'^(?:template\s*<.*>\s*)?(?:export\s+)?'
                   r'(?:inline\s+)?(namespace|extern|class|struct|union|enum)\b', re.S)
# A macro call without a semicolon before a declaration, like BOOST_DESCRIBE_STRUCT(...).
MACRO_LINE = re.compile(r'^(?:[A-Z][A-Z_0-9]+\((?:[^()]|\([^()]*\))*\)\s+(?=\w))+')
CONTROL = re.compile(r'^(?:if|for|while|switch|do|else|try|catch)\b')


def _blank(match):
    text = match.group()
    # A raw string is a table: its lines stay recognisable, to be left out when lines are counted.
    if 'R"' in text[:4]:
        return '""' + "\n".join(["\0"] * (text.count("\n") + 1))
    if text.startswith("/"):
        return " " + "\n" * text.count("\n")
    return "''" if text.endswith("'") else '""'


def code(text):
    """The text with comments and literals emptied; line numbers stay true."""
    return TOKEN.sub(_blank, text)


def comments(text):
    """(line, comment) of every comment."""
    for match in TOKEN.finditer(text):
        if match.group().startswith("/"):
            yield text.count("\n", 0, match.start()) + 1, match.group()


def includes(text):
    """(line, name, quoted) of every include directive that is not commented out."""
    spans = [m.span() for m in TOKEN.finditer(text) if m.group().startswith("/")]
    for match in INCLUDE.finditer(text):
        if any(start <= match.start() < end for start, end in spans):
            continue
        line = text.count("\n", 0, match.start(0)) + 1
        yield line, match.group(1) or match.group(2), match.group(1) is not None


def _head(piece):
    piece = re.sub(r"^[ \t]*#(?:[^\n]*\\\n)*[^\n]*", "", piece, flags=re.M)
    piece = re.sub(r"^\s*(?:public|private|protected)\s*:", "", piece.strip()).strip()
    return MACRO_LINE.sub("", piece)


def _is_function(head):
    if not head or "(" not in head or CONTROL.match(head):
        return False
    before = head[: head.index("(")]
    return "=" not in before or "operator" in before


def _name(head):
    match = re.search(r"((?:[\w~]+\s*::\s*)*(?:operator\s*\S+|~?\w+))\s*\(([^()]*)", head)
    if not match:
        return head.split("\n")[0][:60]
    if match.group(1).startswith("TEST"):
        return f"{match.group(1)}({match.group(2)})"
    return match.group(1)


def functions(text):
    """(line, name, body_lines) of every function defined in a namespace or a class.

    Lines inside raw strings are not counted: they are tables.
    """
    source = code(text)
    found = []
    stack = []          # "scope", "function" or "other" for each open brace
    opened = None       # where the function under way began
    start = 0
    parens = 0
    for match in re.finditer(r"[{}();]", source):
        mark, at = match.group(), match.start()
        if mark == "(":
            parens += 1
        elif mark == ")":
            parens = max(0, parens - 1)
        elif mark == "{":
            kind = "other"
            if parens == 0 and "function" not in stack and "other" not in stack:
                head = _head(source[start:at])
                if SCOPE.match(head) and not head.endswith(")"):
                    kind = "scope"
                elif _is_function(head) and not _brace_initializer(head):
                    kind, opened = "function", (source.count("\n", 0, at) + 1, at, _name(head))
            stack.append(kind)
            if kind != "other":
                start = at + 1
        elif mark == "}":
            kind = stack.pop() if stack else "other"
            if kind == "function":
                body = source[opened[1]:at]
                lines = sum(1 for line in body.split("\n")[1:-1] if "\0" not in line)
                found.append((opened[0], opened[2], lines))
            if kind != "other":
                start = at + 1
        elif parens == 0 and "function" not in stack and "other" not in stack:
            start = at + 1
    return found


def _brace_initializer(head):
    """True for `Foo(int a) : a_` of a constructor's list, whose brace is not yet the body."""
    after = head.rfind(")")
    return re.search(r"[:,]\s*[\w:<>]+\s*$", head[after + 1:]) is not None
