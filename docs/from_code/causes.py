"""What the code cannot say of itself: why a check matters, and what else to look at.

A test holds that every check has its entry here, and that no entry is of what is gone.
"""

CHECKS = {
    "clvrec.E001": "A key of `CLVREC` is misspelt, or of another version: it would change nothing. "
    "[Settings](settings.md) lists all keys.",
    "clvrec.E002": "A setting has a value that a refresh or an answer would stumble over later. "
    "Secrets in it are shown as `…`.",
    "clvrec.E003": "`ENGINE` is neither built in nor the path of a class with `name` and `open`. "
    "Look whether the module can be imported: `python -c 'import …'`.",
    "clvrec.E004": "A source lacks what it is made of, or its queryset was cut so that lines can "
    "be neither ordered nor annotated.",
    "clvrec.E005": "Levels become columns of the purchase log and keys of settings, so each is a "
    "Python name, and names of parameters of ALS are taken. See [levels](../how-to/levels.md).",
    "clvrec.E006": "A lookup cannot be asked of the database. Try it by hand: "
    '`OrderLine.objects.values("order__customer_id")[:3]`.',
    "clvrec.E007": "A field has a type that a purchase cannot have there, such as a text where "
    "money is needed.",
    "clvrec.E008": "Without `line` nothing tells a line from its copy, so duplicates could not be "
    "dropped.",
    "clvrec.E009": "The lookup goes through a relation to many, and each line would be read "
    "several times: revenue and orders would be too high.",
    "clvrec.E010": 'With `FEEDBACK = "explicit"` recommenders learn from ratings, and this source '
    "has none. See [ratings](../how-to/ratings.md).",
    "clvrec.E011": "A column of the dataset is missing or has another type. See "
    "[the columns](../how-to/warehouse.md).",
    "clvrec.E012": "The rate would be ignored, and everybody would pass. See "
    "[rates](../how-to/api.md#rates).",
    "clvrec.W001": "Nothing says what a purchase is, so nothing can be refreshed. The file has to "
    "be called `clvrec.py` and lie in an app of `INSTALLED_APPS`; an error while it is imported "
    "is raised at the start.",
    "clvrec.W002": "The package of the engine is not there. Harmless where no refresh runs.",
    "clvrec.W003": "Spark needs Java 17 or newer. Harmless where no refresh runs, and with Spark "
    "Connect. What is looked at: `JAVA_HOME`, the Java that pip installed, `PATH`.",
    "clvrec.W004": "A visitor would get the lists of whichever customer has the same number: this "
    "is the one warning never to silence without looking. See [the "
    "policy](../how-to/shop-window.md).",
    "clvrec.W005": "The dataset is out of reach of this machine: a path, a mount or credentials.",
    "clvrec.W006": "In SQLite’s older journal, one long reader stops every writer. See "
    "[databases](../how-to/databases.md#sqlite).",
    "clvrec.W007": "Names with letters of other scripts, or emoji, would be refused or cut. See "
    "[databases](../how-to/databases.md#mariadb-and-mysql).",
    "clvrec.W009": "Whoever can create rows without paying could push an item. See "
    "[made-up orders](../how-to/poisoning.md).",
    "clvrec.W010": "A misspelt scope holds nobody back. See [rates](../how-to/api.md#rates).",
    "clvrec.W011": "PostgreSQL and SQLite divide whole numbers without the rest, and SQLite so "
    "divides decimals that are whole. See [pence](../how-to/awkward-shops.md#pence).",
    "clvrec.W012": "Revenue, scores and tiers would be sums of pounds and yen. See "
    "[currencies](../how-to/awkward-shops.md#currencies).",
    "clvrec.W013": "A key is written wherever a customer is named, and lives as long as snapshots "
    "do. See [guests](../how-to/awkward-shops.md#guests) and "
    "[pseudonyms](../how-to/pseudonyms.md).",
    "clvrec.W014": "Orders of one person would be those of several, each with a lower tier. See "
    "[guests](../how-to/awkward-shops.md#guests).",
    "clvrec_oscar.E001": "It is a dict of its own, beside `CLVREC`. Its keys: "
    "[settings](settings.md#clvrec_oscar).",
    "clvrec_oscar.E002": "A misspelt key would change nothing. All keys: "
    "[settings](settings.md#clvrec_oscar).",
    "clvrec_oscar.E003": "A misspelt status leaves its orders in, paid for or not. Statuses are "
    "compared letter by letter. See [what counts](../how-to/oscar.md#what-counts).",
    "clvrec_oscar.E004": "So many are filled for each product after each publication. See "
    "[recommended products](../how-to/oscar.md#recommended-products).",
    "clvrec_oscar.E005": "Django takes the first template of a name, so Oscar’s pages would come "
    "without shelves. See [where it is shown](../how-to/oscar.md#where-it-is-shown).",
    "clvrec_oscar.E006": "Pages of Oscar’s with shelves could not be rendered. See "
    "[the tutorial](../tutorial/oscar.md#plug-it-in).",
    "clvrec_practice.E001": "Whoever reads these pages could sign in to the admin. See "
    "[the tutorial](../tutorial/shop.md#in-your-own-shop).",
    "clvrec_oscar.W001": "What was cancelled would count as bought. See "
    "[what counts](../how-to/oscar.md#what-counts).",
    "clvrec_oscar.W002": "Oscar’s strategy is asked by its policy alone. See "
    "[what may be shown](../how-to/oscar.md#what-may-be-shown).",
}
"""Why each check matters, and what else to look at."""

ERRORS = {
    "AlreadyRefreshed": "With Redis, set `visibility_timeout` above the longest refresh: "
    "[the schedule](../how-to/schedule.md#redis-the-visibility-timeout).",
    "BadListLength": "`LIST_LENGTH` items are stored of each list; an export tells no more.",
    "BadPurchases": "The message names the column and the value. Most often: times as text, money "
    "as text with a currency, keys with a zero byte.",
    "BadShelfAddress": "Crawlers that follow old addresses get a 404, which is right.",
    "BadToken": "Seen as an ignored event with the outcome `bad_token`. Where many come: two sites "
    "with different SECRET_KEY share a page cache, or a script sends tokens cut short.",
    "DamagedArrays": "Meanwhile stored lists are served, which hold up; only fold-in and "
    "`related` are missing.",
    "DatabaseFailed": "The refresh waits up to 20 seconds for the database to come back, so that "
    "it can leave in order.",
    "DiskFull": "A purchase log takes 10 to 20 bytes a line; Spark’s shuffles take several times "
    "that in `spark.local.dir`.",
    "ArrowNotInstalled": "Web servers export CSV; a worker writes Parquet too: [what to install "
    "where](../how-to/production.md#what-to-install-where).",
    "DeepNotInstalled": "Only the machine that refreshes needs it, see [how they are trained]"
    "(../how-to/deep.md#switch-them-on); web servers and Spark’s workers score without.",
    "EngineNotInstalled": "Web servers need no engine: only the machine that refreshes does.",
    "ExpiredToken": "Pages that live longer than `TOKEN_HOURS`, such as cached ones, should use "
    "lazy shelves: [cached pages](../how-to/shelves.md#cached-pages).",
    "FilesLost": "Often a cleaner of temporary folders (`systemd-tmpfiles`, `tmpwatch`) during a "
    "long refresh.",
    "HeldBack": "The page of the snapshot shows each figure beside its bound. Often the orders "
    "are the reason: a filter that lost half of them, or a feed that stopped.",
    "InTransaction": "In tests: `transaction=True`, or a TransactionTestCase. In views: not with "
    "`ATOMIC_REQUESTS`.",
    "JavaNotFound": "`manage.py clvrec_doctor` says which Java is used. In a container install "
    "the extra, or "
    'use `ENGINE = "local"`.',
    "LeaseLost": "A laptop that slept, a machine that swapped, a clock that was set. What is live "
    "is that of the other refresh.",
    "NoBroker": "The admin says so within seconds, and nothing was started.",
    "NoForecast": "Fewer than 30 customers ordered again, or the fit did not converge. Fields of "
    "forecasts stay empty; the snapshot’s page says why.",
    "NoLiveSnapshot": "Shelves do not raise it: they show nothing, and `answer.reason` says why. "
    "The last refresh may have been held back: `manage.py clvrec_doctor`.",
    "NoPurchases": "The counts by rule say which condition is at fault: `zero` or `negative` – "
    "the revenue; `no_customer` – guests; `future` – a time zone, or `--as-of`.",
    "NotWritable": "Look at the folder’s owner, and whether the disk is full.",
    "NotTrained": "A refresh goes on without the recommender, and its report says so under "
    "`left_out`, or under `models` where something else serves in its place.",
    "OverBudget": "The refresh goes on without it: [what a training may "
    "take](../how-to/deep.md#what-a-training-may-take).",
    "RefreshRunning": "A refresh whose machine died blocks another for ten minutes at most; on "
    "the same machine not at all. `manage.py clvrec_doctor` says which is at work.",
    "SourceUnreadable": "The cause follows in the message. On MySQL and MariaDB “Lost connection "
    "during query”: raise `net_write_timeout`.",
    "SparkFailed": "The first sentence is Spark’s. `OutOfMemoryError`: raise "
    "`spark.driver.memory`; an executor lost: [what goes "
    "wrong](../how-to/scale.md#name-the-cluster).",
    "TrainingNotInstalled": "Raised before anything is begun, so no snapshot has failed. In a "
    "Celery task: its worker has the base alone: [what to install "
    "where](../how-to/production.md#what-to-install-where).",
    "TriedTooOften": "Most often the memory: the process is killed without a word, and the "
    "kernel’s log says so.",
    "UnknownSnapshot": "Older ones than `KEEP_SNAPSHOTS` are removed.",
}
"""What else to look at, where there is more to say than the error does."""

EVENTS = {
    "audit.unnoted": "Look at the database: the step itself was done.",
    "exports.uncounted": "Look at the cache: exports are let through meanwhile.",
    "metrics.uncounted": "Look at the disk of `PROMETHEUS_MULTIPROC_DIR`.",
    "movement.unrecorded": "Nothing: the next visit records it. Often: look at locks of the "
    "database.",
    "quarantine.undecided": "Decide in the admin, *Items in quarantine*.",
    "receiver.failed": "Mend the receiver: nobody calls it again for what it missed.",
    "refresh.cancelled": "Ask who cancelled: the snapshot’s history says it.",
    "refresh.drifted": "[What drift means](../how-to/monitoring.md#drift).",
    "refresh.failed": "The error and its next step are with the snapshot: [errors](errors.md).",
    "refresh.gate": "Compare the two snapshots, then make it live, or mend the orders.",
    "refresh.held": "[HeldBack](errors.md#heldback).",
    "refresh.leftovers": "Nothing: the next refresh cleans up.",
    "refresh.refused": "Nothing, if it is now and then.",
    "refresh.unpruned": "Nothing: the next refresh tries again. Often: look at the database’s "
    "locks.",
    "refresh.unsaved": "Nothing: the next step is saved again.",
    "refresh.without_lifetime": "[NoForecast](errors.md#noforecast).",
    "serving.arrays": "Refresh, or make another snapshot live.",
    "serving.cache": "Look at the cache: answers come from the database meanwhile.",
    "serving.cache_back": "Nothing: it is over.",
    "serving.database": "Look at the database: [what happens "
    "meanwhile](../how-to/production.md#what-happens-when).",
    "serving.database_back": "Nothing: it is over.",
    "serving.experiment": "Choose a recommender that is served, or stop the experiment.",
    "serving.rates": "Look at the cache that counts rates: everybody passes meanwhile.",
    "serving.recommenders": "Refresh: stored lists are served meanwhile.",
    "serving.replica": "Look at the write database and at the replica’s lag.",
    "serving.snapshot": "Once, after a roll-back or a flip: nothing. Often: raise "
    "`KEEP_SNAPSHOTS`.",
    "serving.unpublished": "Run `manage.py clvrec_refresh`.",
    "webhook.given_up": "Look at the other system; the changes are kept: "
    "[movement](../how-to/movement.md).",
    "webhook.lost": "Look at the broker; the changes are kept.",
}
"""What to do where an event asks for something; the others only tell."""
