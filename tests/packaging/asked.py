"""What is asked of a process that has the base alone; `found` is what `visits` printed there."""

import json

NOT_HERE = "This process cannot train"
NEXT_STEP = 'pip install "django-clvrec[local]"'


def test_nothing_went_wrong(found):
    assert found["errors"] == []


def test_what_trains_is_not_there(found):
    assert found["there"] == []


def test_checks_and_migrations_have_nothing_to_say(found):
    assert found["check"] == [0, "System check identified no issues (0 silenced).\n"]
    assert found["migrate"][0] == 0


def test_the_doctor_tells_as_no_trouble_that_it_cannot_train(found):
    findings = json.loads(found["doctor"][1])["findings"]
    [engine] = [one for one in findings if one["topic"] == "engine"]
    assert engine["severity"] == "ok"
    assert engine["text"] == "This process cannot train, as web servers need not."
    assert "django-clvrec[local]" in engine["hint"]
    assert not [one for one in findings if one["severity"] == "error"]


def test_commands_that_train_end_with_one_clear_error(found):
    for name in ("refresh", "evaluate", "try"):
        code, said = found[name]
        assert code == 1
        assert said.startswith(NOT_HERE)
        assert NEXT_STEP in said


def test_csv_is_written_and_parquet_is_told_what_it_needs(found):
    assert found["csv"][0] == 0
    code, said = found["parquet"]
    assert code == 1
    assert said.startswith("Parquet needs pyarrow")
    assert NEXT_STEP in said
    assert found["exported"] > 200


def test_old_rows_are_pruned(found):
    assert found["prune"][0] == 0


def test_every_page_of_the_admin_and_the_api_answers(found):
    wrong = {page: status for page, status in found["pages"].items() if status not in {200, 405}}
    # nobody adds what a refresh makes; what goes with nothing is not known; metrics are off
    assert {page: status for page, status in wrong.items() if not page.endswith("/add/")} == {
        "/clvrec/v1/": 404,
        "/clvrec/v1/related/": 400,
        "/clvrec/metrics/": 404,
    }
    assert found["pages"]["/admin/clvrec/"] == 200


def test_whoever_has_bought_is_answered_by_that_at_once(found):
    assert found["folded_in"]["sources"] == {"fold_in": 24}
    assert found["folded_in"]["reasons"] > 10


def test_every_recommender_that_the_snapshot_keeps_lists_items_and_says_why(found):
    assert {"als", "item_knn", "ease", "tifu_knn", "personal", "blend"} <= {
        *found["every_recommender"]
    }
    assert {*found["every_recommender"].values()} == {5}


def test_customers_move_between_tiers_by_stored_cut_points(found):
    first, then = found["newcomer"]
    assert first == "new"
    assert then in {"low", "mid", "high"}


def test_interests_are_followed(found):
    assert found["interests"] == "interests"


def test_feedback_is_taken_and_an_experiment_reported(found):
    assert found["experiment"] == {
        "accepted": 25, "subjects": 20, "p_value": found["experiment"]["p_value"],
        "page": 200, "command": 0,
    }  # fmt: skip
    assert 0 < found["experiment"]["p_value"] <= 1


def test_the_button_hands_a_refresh_to_the_broker(found):
    assert found["refresh_button"]["told"] == "The refresh was handed to Celery."
    assert found["refresh_button"]["registered"]


def test_a_worker_that_cannot_train_fails_the_task_and_leaves_no_refresh_running(found):
    assert found["refresh_button"]["worker"] == ["FAILURE", "TrainingNotInstalled"]
    assert found["refresh_button"]["running"] == 0


def test_a_snapshot_is_rolled_back_and_forward(found):
    assert found["rolled_back"] == [True, True]


def test_a_customer_is_erased(found):
    assert found["erased"] == [0, 0]
