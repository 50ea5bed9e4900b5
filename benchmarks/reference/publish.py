"""Lists from Parquet into the database by `bulk_create`, as one would write it first."""

from pathlib import Path

import pyarrow.parquet as pq

from django_clvrec.models import Recommendation, Snapshot

BATCH_ROWS = 2000


def publish(snapshot: Snapshot, folder: Path) -> None:
    """The rows that `django_clvrec.publish` leaves, model instance by model instance."""
    for path in sorted(folder.glob("*.parquet")):
        with pq.ParquetFile(path) as file:
            for batch in file.iter_batches(batch_size=BATCH_ROWS):
                Recommendation.objects.bulk_create(
                    Recommendation(
                        snapshot=snapshot,
                        customer_key=row["customer_key"],
                        level=row["level"],
                        intent=row["intent"],
                        model=row["model"],
                        items=[
                            [key, round(score, 6)]
                            for key, score in zip(row["items"], row["scores"], strict=True)
                        ],
                    )
                    for row in batch.to_pylist()
                )
