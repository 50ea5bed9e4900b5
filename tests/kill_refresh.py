"""Run a refresh of the corner shop that is killed when it comes to a stage, or run it whole.

`python -m tests.kill_refresh STAGE [DONE]`: SIGKILL at the first report of STAGE in which at
least DONE of the work is done.
"""

import os
import signal
import sys

import django


def main(stage="", least="0"):
    django.setup()
    from django_clvrec.pipeline import refresh
    from tests.conftest import AS_OF
    from tests.corner_shop.clvrec import CornerShop

    CornerShop.items = {"product": "product_id"}  # one level is enough to be killed in

    def kill(name, done, _total):
        if name == stage and done >= int(least):
            os.kill(os.getpid(), signal.SIGKILL)

    refresh("corner", as_of=AS_OF, on_progress=kill)


if __name__ == "__main__":
    main(*sys.argv[1:])
