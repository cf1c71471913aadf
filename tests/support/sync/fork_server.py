"""Runs synckit requests in forks of one Python that has the helper loaded already: a request costs milliseconds, and one that ends
itself in the middle (SYNCKIT_CRASH_AT) is as dead as a process of its own. Requests and replies are lines of JSON.
The helper's own text is the argument; what was put into the sandbox only has to be there.
"""
import json
import os
import sys

CALL = "main(sys.argv[1:])"
with open(sys.argv[1], encoding="utf-8") as source:
    text = source.read().rstrip()
if not text.endswith(CALL):
    raise SystemExit("synckit.py ends in another way than this knows")
code = compile(text[: -len(CALL)], sys.argv[1], "exec")


def serve(request):
    kit = request["kit"]
    if not os.path.exists(kit):
        return {"code": 2, "out": "", "err": "python3: can't open file %r: [Errno 2] No such file or directory" % kit}
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.dup2(writer, 1)
        os.environ["HOME"] = request["home"]
        os.chdir(request["home"])
        names = {"__name__": "__main__", "__file__": kit}
        exec(code, names)
        names["crash_at"] = request["crash"]
        names["main"]([request["word"]])
        os._exit(1)
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        out = pipe.read()
    return {"code": os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), "out": out.decode(), "err": ""}


for line in sys.stdin:
    print(json.dumps(serve(json.loads(line))), flush=True)
