#!/bin/sh
# Last step of a runner image: compile the agent, record the versions that `hello` names, close the directory.
set -eu

cd /opt/agent
./bin/python3.13 -I -S -m compileall -q lib/python3.13/agent
./bin/python3.13 -I -S -m agent.versions runtime.json
mkdir -p /run/sandbox /job
chmod 1777 /job # a tmpfs takes over the mode of the directory under it
rm -rf /root/.local
if [ -x /usr/bin/python3 ]; then # only a root process without HOME finds this directory: the Python zygote
    hook=/root/.local/lib/python3.13/site-packages
    mkdir -p "$hook"
    cp lib/python3.13/agent/zygote_hook.py "$hook/usercustomize.py"
    /usr/bin/python3 -m compileall -q "$hook"
fi
cp /etc/passwd /opt/agent/passwd
ln -sf /dev/passwd /etc/passwd # the agent shows the list there, with the job's user in it
chown -R 0:0 /opt/agent /root
chmod 0700 /opt/agent /root /run/sandbox
if [ -x /usr/local/bin/node ]; then # readable by jobs: their worker threads load it again
    mkdir -p /usr/local/lib/sandbox
    cp lib/python3.13/agent/node_start.cjs /usr/local/lib/sandbox/start.cjs
    chmod -R a+rX /usr/local/lib/sandbox
fi
