"""Errors that say what happened, why, and what to do next."""

import inspect


class ClvrecError(Exception):
    """django-clvrec could not do what was asked."""

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or inspect.getdoc(self))


class NoSource(ClvrecError):
    """No purchase source is registered.

    Write a `PurchaseSource` with `@register` in a `clvrec.py` of one of your apps.
    """


class UnknownLevel(ClvrecError):
    """The source has no such level.

    Use one of the levels in the `items` of your `PurchaseSource`.
    """


class UnknownEngine(ClvrecError):
    """CLVREC["ENGINE"] names no engine.

    Use "spark", "local", or the dotted path of an engine class.
    """


class EngineNotInstalled(ClvrecError):
    """The Spark engine needs pyspark, which is not installed.

    Run `pip install "django-clvrec[spark]"`, or set `CLVREC["ENGINE"]` to "local".
    """


class TrainingNotInstalled(ClvrecError):
    """This process cannot train: what is installed here is the base, which is for web servers.

    Run `pip install "django-clvrec[local]"` or `pip install "django-clvrec[spark]"`, or run this
    where that is installed, such as on a worker.
    """


class DeepNotInstalled(ClvrecError):
    """This recommender is trained with PyTorch, which is not installed here.

    Run `pip install "django-clvrec[deep]"`, or name other recommenders.
    """


class NotTrained(ClvrecError):
    """A recommender could not be trained, so it takes no part.

    Look at its reason in the report of the refresh, or name other recommenders.
    """


class OverBudget(NotTrained):
    """A training used up what CLVREC["DEEP"] allows before there was anything to use.

    Give it more `seconds` or `memory_mb`, or recommend at a level with fewer items.
    """


class ArrowNotInstalled(ClvrecError):
    """Parquet needs pyarrow, which is not installed here.

    Choose CSV, run `pip install "django-clvrec[local]"`, or run this where that is installed.
    """


class JavaNotFound(ClvrecError):
    """Spark needs Java 17 or newer, and none was found on JAVA_HOME or PATH.

    Run `pip install "django-clvrec[spark]"`, which brings one, install a JDK, or set
    `CLVREC["ENGINE"]` to "local".
    """


class SparkFailed(ClvrecError):
    """Spark did not start, or failed on the way.

    Look at `CLVREC["SPARK"]`, and at the memory that the machine has left.
    """


class DiskFull(ClvrecError):
    """A refresh could not write its files: the disk is full.

    Make room, or let `CLVREC["WORK_DIR"]` and `CLVREC["LOG_DIR"]` name folders on a larger disk.
    """


class NoPurchases(ClvrecError):
    """The purchase log is empty: no line passed the rules.

    Look at `lines_dropped` of the snapshot, and at the filter of your source's queryset.
    """


class BadPurchases(ClvrecError):
    """A purchase line holds a value that does not fit the purchase log.

    Correct the lookup or expression in your `PurchaseSource`.
    """


class RefreshRunning(ClvrecError):
    """Another refresh of this source is running.

    Wait until it has finished; the next refresh cleans up after one that died.
    """


class RefreshCancelled(ClvrecError):
    """Somebody cancelled this refresh, so it published nothing; what was live stays live.

    Ask who did and why, or start a new refresh.
    """


class AlreadyRefreshed(ClvrecError):
    """This request was fulfilled before; a message broker delivered it twice.

    Nothing is to be done. Where it happens every night, look at the broker's visibility timeout.
    """


class TriedTooOften(ClvrecError):
    """This request was tried three times, and each time it failed or its process was killed.

    Look at the errors of the last snapshots, at the machine's memory and at the time limits; then
    start a new refresh.
    """


class NoBroker(ClvrecError):
    """Celery's message broker could not be reached.

    Start it, look at CELERY_BROKER_URL, or run `manage.py clvrec_refresh`.
    """


class InTransaction(ClvrecError):
    """A refresh commits as it goes, so it cannot run inside a transaction.

    Call it outside of `transaction.atomic()`, or hand it to Celery with `transaction.on_commit`.
    """


class NameTaken(ClvrecError):
    """Two purchase sources have the same name.

    Give one of them a `name` of its own.
    """


class LeaseLost(ClvrecError):
    """This refresh was taken for dead and another took its place, so it published nothing.

    Let the other one finish, and look for a stalled machine or a clock that jumped.
    """


class HeldBack(ClvrecError):
    """The new snapshot is so much worse than the live one that it was held back.

    Find out why, then make it live in the admin, or refresh with `--ungated`.
    """


class NotPublishable(ClvrecError):
    """Only a snapshot that finished can go live.

    Choose one whose state is “ready” or “held back”.
    """


class FilesLost(ClvrecError):
    """A refresh could not reach its files: their folder is gone, or may not be written to.

    See that `CLVREC["WORK_DIR"]` (else the system's temporary folder) and `CLVREC["LOG_DIR"]` are
    folders of the user that runs it, which nobody clears while it does, and refresh again.
    """


class SourceUnreadable(ClvrecError):
    """The purchases could not be read to the end.

    Look at the database or the files that hold them, and refresh again.
    """


class DatabaseFailed(ClvrecError):
    """The database failed during a refresh. What is live is whole.

    See that the database is well, and refresh again.
    """


class NothingToEvaluate(ClvrecError):
    """There is nothing to evaluate: no orders before the split to learn from, or none after it.

    Choose another split, lower CLVREC["MIN_BUYERS"], or wait for more orders.
    """


class LeakageFound(ClvrecError):
    """What is tested is known to training, so figures would be too good to be true.

    Split by time, so that training ends before the test begins; or by customer–item pair, where
    rows have no time.
    """


class UnknownRecommender(ClvrecError):
    """There is no such recommender.

    Use "auto" or one of the names that `manage.py clvrec_evaluate` lists.
    """


class UnknownExperiment(ClvrecError):
    """There is no such experiment.

    Run `manage.py clvrec_experiment list`, or add one in the admin.
    """


class ExperimentNotReady(ClvrecError):
    """The experiment cannot be started as it is.

    Correct it in the admin, which says what is wrong with each field.
    """


class TooFewPropensities(ClvrecError):
    """Too few of the lists that were shown carry propensities to say what others would have done.

    Have some lists explore, which logs propensities, and wait for more of them.
    """


class SurpriseNotInstalled(ClvrecError):
    """The article's other algorithms need scikit-surprise, which is not installed.

    Run `pip install "django-clvrec[article]"`, or evaluate ALS alone.
    """


class BadRatings(ClvrecError):
    """A rating is missing or infinite.

    Leave such rows out, or correct the column that you named.
    """


class TooFewRatings(ClvrecError):
    """There are too few ratings to divide them into training, validation and test.

    Evaluate a larger set; five rows are the least.
    """


class BadShelfAddress(ClvrecError):
    """No page of this site has such a shelf.

    Addresses of shelves are made by the template tags. Nothing is to be done, but where a page was
    kept in a cache over a change of levels or of SECRET_KEY, empty that cache.
    """


class BadToken(ClvrecError):
    """This is not the token of a list that this shop rendered.

    Send the token as it came; look at SECRET_KEY and SECRET_KEY_FALLBACKS where it did.
    """


class ExpiredToken(BadToken):
    """The list was rendered too long ago to be reported.

    Render it anew, or raise CLVREC["TOKEN_HOURS"].
    """


class BadPropensities(ClvrecError):
    """A logged propensity is not above 0 and at most 1, so nothing can be said of other policies.

    Leave out events without a propensity, and log the one that `propensities` gives for each list.
    """


class NoOverlap(ClvrecError):
    """The log tells nothing of this policy: it would never do what was logged, or no event is left.

    Log lists with some exploration, or judge a policy that is nearer to the one that ran.
    """


class NoForecast(ClvrecError):
    """What customers will buy cannot be told from these orders.

    Scores, tiers and recommendations do not depend on it.
    """


class NoLiveSnapshot(ClvrecError):
    """No snapshot is live: nothing has been published yet.

    Run `manage.py clvrec_refresh`, or wait for the scheduled task.
    """


class UnknownSnapshot(ClvrecError):
    """There is no finished snapshot of that number.

    Choose one that the admin lists as “ready” or “held back”.
    """


class SnapshotRemoved(ClvrecError):
    """The snapshot was removed while it was exported, so rows may be missing.

    Export again; raise CLVREC["KEEP_SNAPSHOTS"] if refreshes come faster than exports end.
    """


class UnknownIntent(ClvrecError):
    """There is no such intent.

    Use "discover", "again" or "mixed".
    """


class UnknownTier(ClvrecError):
    """There is no such tier.

    Use "new", "low", "mid" or "high".
    """


class UnknownSegment(ClvrecError):
    """There is no such segment.

    Use a name from the table of segments, in the admin or in CLVREC["SEGMENTS"].
    """


class UnknownGroup(ClvrecError):
    """There is no such saved group.

    Use a name that the admin's page of customers lists.
    """


class BadGroup(ClvrecError):
    """The conditions of a saved group cannot be used.

    Delete it on the admin's page of customers, and save it anew.
    """


class BadListLength(ClvrecError):
    """So many items are not stored for a list.

    Ask for fewer, or raise CLVREC["LIST_LENGTH"] and refresh.
    """


class NoFolder(ClvrecError):
    """The folder of the file to be written does not exist.

    Make it first, or choose another one.
    """


class NotWritable(ClvrecError):
    """The file could not be written.

    Make room, or choose another path.
    """


class DamagedArrays(ClvrecError):
    """The arrays of a snapshot cannot be read.

    Refresh, or make another snapshot live: the database holds something else than was stored.
    """


class OnlyPseudonym(ClvrecError):
    """A pseudonym was given where the shop's orders are asked, and the shop does not know it.

    Give the key that the customer has in the shop; a pseudonym cannot be turned back into it.
    """


class InSharedFragment(ClvrecError):
    """A tag that is for one visitor stands in a {% cache %} that is kept for all of them.

    Write `lazy=True`, move it out of the fragment, or name who it is for behind the fragment's
    name: `{% shelf_key as mine %}{% cache 300 for_you mine %}`.
    """

    def __init__(self, tag: str) -> None:
        super().__init__(f"{{% {tag} %}}: {inspect.getdoc(self)}")
