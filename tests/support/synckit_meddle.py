"""Runs one `apply` of resources/synckit.py again and again; at each of its hook points somebody else does something, or it is killed.

Arguments: the kit, a scratch folder, and JSON: `files` (path: text) of the root, `links`, `items` of the bundle (with `content`),
`facts` to take away, `action`, `target` (the path it is about). Prints one line of JSON for each point. Every run is a fork, so
that no start of Python is paid for, and everything that is old counts as settled, so that nothing waits for two seconds.
"""
import base64
import gzip
import json
import os
import shutil
import sys

kit, scratch, spec = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
code = compile(open(kit).read().replace("\nmain(sys.argv[1:])\n", "\n"), kit, "exec")
first = {"__name__": "kit", "__file__": kit}
exec(code, first)  # imports once, for all forks


def bundle(items):
    index = [{key: value for key, value in item.items() if key != "content"} for item in items]
    members = [("index.json", json.dumps(index).encode())]
    members += [(str(number), item["content"].encode()) for number, item in enumerate(items) if "content" in item]
    tar = b"".join(first["tar_header"](name, len(data)) + data + bytes(-len(data) % 512) for name, data in members)
    return base64.b64encode(gzip.compress(tar + bytes(1024))).decode()


def tree(folder):
    found = {}
    for base, folders, names in os.walk(folder):
        for name in folders + names:
            path = os.path.join(base, name)
            shown = os.path.relpath(path, folder)
            if os.path.islink(path):
                found[shown] = "-> " + os.readlink(path)
            elif os.path.isdir(path):
                found[shown] = "/"
            else:
                found[shown] = open(path).read()
    return found


def meddle(root, outside):
    action, target = spec["action"], os.path.join(root, spec.get("target", "-"))
    if action == "crash":
        os._exit(99)
    if action == "save":  # as most editors do
        with open(root + "/.tmp", "w") as file:
            file.write("theirs")
        os.rename(root + "/.tmp", target)
    elif action == "write":
        with open(target, "w") as file:
            file.write("theirs")
    elif action == "parent":
        above = os.path.dirname(target)
        os.rename(above, root + "/moved")
        os.symlink(outside, above)
    else:
        if os.path.lexists(target):
            os.unlink(target)
        if action == "folder":
            os.mkdir(target)
        if action == "link":
            os.symlink(outside + "/f", target)


def fork(home, root, outside, op, point):
    """(exit code, results, points passed) of one request."""
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        space = {"__name__": "kit", "__file__": kit}
        try:
            os.environ["HOME"] = home
            exec(code, space)
            count = [0]

            def hook():
                count[0] += 1
                if count[0] == point:
                    meddle(root, outside)

            probe = space["probe"]
            space.update(hook=hook, RACY=0, probe=lambda folder: dict(probe(folder), **spec["facts"]))
            request = {"op": op, "root": root, "rootId": "r1", "cycle": "c1", "epoch": 1, "bundle": {"data": bundle(spec["items"])}}
            answer, _ = space["perform"](request)
            os.write(write, json.dumps([answer.get("results"), count[0]]).encode())
        except BaseException as error:
            os.write(write, json.dumps(["%s: %s" % (type(error).__name__, error), 0]).encode())
        os._exit(0)
    os.close(write)
    with os.fdopen(read) as pipe:
        text = pipe.read()
    status = os.waitpid(pid, 0)[1]
    results, count = json.loads(text) if text else (None, point)
    return status >> 8, results, count


def run(point):
    base = os.path.join(scratch, str(point))
    root, home, outside = base + "/root", base + "/home", base + "/outside"
    for folder in (root, home, outside):
        os.makedirs(folder)
    with open(outside + "/f", "w") as file:
        file.write("secret")
    for path, text in spec["files"].items():
        os.makedirs(os.path.dirname(os.path.join(root, path)), exist_ok=True)
        with open(os.path.join(root, path), "w") as file:
            file.write(text)
        os.utime(os.path.join(root, path), (1e9, 1e9))
    status, results, count = fork(home, root, outside, "apply", point)
    state = home + "/.specboard-sync/r1"
    told = {"point": point, "status": status, "results": results, "root": tree(root)}
    if spec["action"] == "crash" and status == 99:
        fork(home, root, outside, "hello", 0)
        told["recovered"] = tree(root)
        told["again"] = fork(home, root, outside, "apply", 0)[1]
        told["final"] = tree(root)
    told.update(kept=[text for text in tree(state + "/kept").values() if text != "/"], outside=tree(outside), left=tree(state + "/stage"))
    print(json.dumps(told))
    shutil.rmtree(base)
    return point <= count and point < 100


point = 1
while run(point):
    point += 1
