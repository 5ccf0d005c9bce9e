#!/bin/sh
# Copies Debian's Python to /opt/agent, which only root can enter: the agent's own interpreter, out of any job's reach.
# Runs at image build, in a stage that has python3 installed.
set -eu

source=/usr/lib/python3.13
target=/opt/agent/lib/python3.13
umask 077
mkdir -p /opt/agent/bin "$target"
cp /usr/bin/python3.13 /opt/agent/bin/python3.13
cp -a "$source/." "$target/"
cd "$target"
rm -rf idlelib ensurepip lib2to3 tkinter turtledemo test unittest pydoc_data venv asyncio xml email curses dbm sqlite3 \
    wsgiref xmlrpc ctypes/test distutils config-* __pycache__/turtle* sitecustomize.py EXTERNALLY-MANAGED
chmod 0700 /opt/agent
