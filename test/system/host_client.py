# SPDX-License-Identifier: BSD-2-Clause
"""A client of the control socket that can say anything: host_client.py STATE|- ACTION ...

It speaks abi/host.h directly, so that tests can send what libteec never would. With "-" the socket is
$ANCHORHOLD_SOCKET. Prints one line that the test looks for.
"""
import array
import fcntl
import os
import socket
import struct
import sys
import time
import uuid

FORM = "=IIIIIIIIQII16s"
HELLO, OPEN, CLOSE, SHARE, UNSHARE, STATUS, READY, PANIC = 1, 2, 3, 4, 5, 6, 0x21, 0x27
F_ADD_SEALS, SEAL_SHRINK, SEAL_WRITE = 1033, 2, 8


def connect():
    if sys.argv[1] == "-":
        path = os.environ["ANCHORHOLD_SOCKET"]
    else:
        path = "/proc/self/fd/%d/sock" % os.open(sys.argv[1], os.O_RDONLY)
    s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    try:
        s.connect(path)
    except PermissionError:
        sys.exit("denied")
    s.settimeout(15)
    return s


def message(kind, ident=1, session=0, login=0, gid=0, shm=0, size=0, a=0, text=b"", to=None, length=None):
    return struct.pack(FORM, kind, ident, 0, 0, session, login, gid, shm, size, a,
                       len(text) if length is None else length, to or bytes(16)) + text


def send(s, m, fds=()):
    s.sendmsg([m], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", fds))] if fds else [])


def receive(s):
    """(type, result, session, text), or None when the daemon hung up."""
    try:
        data, extra, _, _ = s.recvmsg(64 + 16384, socket.CMSG_SPACE(16))
    except ConnectionResetError:
        return None
    for _, _, d in extra:
        for fd in array.array("i", d):
            os.close(fd)
    if not data:
        return None
    f = struct.unpack(FORM, data[:64])
    return f[0], f[2], f[4], data[64:].decode()


def hello():
    s = connect()
    send(s, message(HELLO, a=1))
    answer = receive(s)
    assert answer and answer[0] == HELLO | 0x80 and answer[1] == 0, answer
    return s


def open_session(s, ta, how="public"):
    login, gid = 0, 0
    if how == "user":
        login = 1
    elif how.startswith("group="):
        login, gid = 2, int(how[6:])
    elif how.startswith("login="):
        login = int(how[6:], 0)
    send(s, message(OPEN, 2, login=login, gid=gid, to=uuid.UUID(ta).bytes))
    return receive(s)


def memfd(size=4096, seals=SEAL_SHRINK):
    fd = os.memfd_create("test", os.MFD_ALLOW_SEALING)
    os.ftruncate(fd, size)
    fcntl.fcntl(fd, F_ADD_SEALS, seals)
    return fd


TA = "2b7f5c1e-8d34-4a60-9f12-c3e4d5a6b708"


def hostile(kind):
    if kind == "nohello":
        s = connect()
        send(s, message(STATUS))
    else:
        s = hello()
    share = {"share-nofd": lambda: ((), 4096), "share-unsealed": lambda: ((memfd(seals=0),), 4096),
             "share-pipe": lambda: ((os.pipe()[0],), 4096), "share-huge": lambda: ((memfd(),), 1 << 40),
             "share-sealed-write": lambda: ((memfd(seals=SEAL_SHRINK | SEAL_WRITE),), 4096)}
    if kind in share:
        session = open_session(s, TA)[2]
        fds, size = share[kind]()
        send(s, message(SHARE, 3, session=session, shm=1, size=size), fds)
    elif kind == "short":
        send(s, b"x" * 63)
    elif kind == "long":
        send(s, message(OPEN, text=b"y" * 16385))
    elif kind == "type":
        send(s, message(0x33))
    elif kind == "badlen":
        send(s, message(OPEN, length=5))
    elif kind == "surplus-fd":
        send(s, message(OPEN, to=uuid.UUID(TA).bytes), (0,))
    elif kind == "text-on-open":
        send(s, message(OPEN, to=uuid.UUID(TA).bytes, text=b"hi"))
    elif kind == "ta-message":
        send(s, message(PANIC))
    print("dropped" if receive(s) is None else "still there")


def deaf():
    """Ask without ever reading."""
    s = hello()
    try:
        for _ in range(1 << 20):
            send(s, message(STATUS))
    except (BrokenPipeError, ConnectionResetError, socket.timeout):
        print("dropped")


def crowd():
    held = [connect() for _ in range(300)]
    last = held[-1]
    try:
        send(last, message(HELLO, a=1))
        print("turned away" if receive(last) is None else "served")
    except BrokenPipeError:
        print("turned away")


def orphan(ta):
    """The client dies while a child of it holds the socket: its session goes all the same."""
    watcher = hello()
    if os.fork() == 0:
        s = hello()
        open_session(s, ta)
        if os.fork() == 0:
            os.close(1)  # whoever reads our output need not wait for this child
            os.close(2)
            time.sleep(30)
        os._exit(0)
    os.wait()
    end = time.monotonic() + 1
    while time.monotonic() < end:
        send(watcher, message(STATUS))
        text = receive(watcher)[3]
        if '"clients":1,' in text:
            print("gone")
            return
        time.sleep(0.01)
    print("still there: " + text)


def foreign_session(ta):
    one, two = hello(), hello()
    session = open_session(one, ta)[2]
    send(two, message(CLOSE, 5, session=session))
    print("0x%08x" % receive(two)[1])


action, arguments = sys.argv[2], sys.argv[3:]
if action == "status":
    s = hello()
    send(s, message(STATUS))
    print(receive(s)[3])
elif action == "open":
    r = open_session(hello(), *arguments)
    print("open 0x%08x %s" % (r[1], r[3]))
elif action == "hostile":
    hostile(arguments[0])
elif action == "orphan":
    orphan(arguments[0])
elif action == "foreign-session":
    foreign_session(arguments[0])
else:
    {"deaf": deaf, "crowd": crowd}[action]()
