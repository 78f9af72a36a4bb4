"""Runs Synapse as a child that cannot outlive its parent.

The parent holds the other end of standard input and never writes to it. However the parent ends, kill -9 included, the
kernel closes that pipe, and Synapse stops here.
"""

import os
import signal
import sys
import threading
import time

from synapse.app.homeserver import main


def stop_with_parent() -> None:
    while os.read(0, 4096):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(5)
    os.kill(os.getpid(), signal.SIGKILL)


threading.Thread(target=stop_with_parent, daemon=True).start()
sys.argv[0] = "synapse"
main()
