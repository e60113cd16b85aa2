"""Track a sweep of real models with Pegboard, find the best ones, fetch them back and use them.

Run `nox -s quickstart`, or this file where its packages are installed. What is trained stands in
`models.py`; here stands what a training script does with Pegboard, which is what it does with MLflow.
"""

from __future__ import annotations

import argparse
import math
import shlex
import shutil
import sys
import sysconfig
import tempfile
import time
from pathlib import Path

if __name__ == "__main__" and sys.stdout.isatty():
    print("Loading scikit-learn, pandas and matplotlib ...")
try:
    import joblib
    import pandas as pd
    import PIL  # noqa: F401  # log_image needs it
    from matplotlib.figure import Figure
    from models import Candidate, Task, tasks

    import pegboard
    from pegboard.entities import Run
except ModuleNotFoundError as error:
    sys.exit(
        f"The quickstart needs the package '{error.name}', which is not installed here. Run "
        "`nox -s quickstart` from the root of a Pegboard checkout: it installs what is needed."
    )

EXPERIMENT = "quickstart"


def track_sweep(task: Task, progress: Progress) -> str:
    """Train a task's models, each in a run of its own within one run for the task; return the id of that."""
    with pegboard.start_run(run_name=task.name, description=f"Models for {task.name}.") as parent:
        pegboard.log_params({"models": len(task.candidates), "ranked_by": task.metric})

        # The data become an artifact. As inputs, they say what a run worked on and where that lies.
        file = f"data/{task.name}.csv"
        pegboard.log_text(task.frame.to_csv(index=False), file)
        source = pegboard.get_artifact_uri(file)
        whole = pegboard.data.from_pandas(task.frame, source=source, targets="target", name=task.name)
        pegboard.log_input(whole)
        parts = [
            pegboard.data.from_numpy(x, source=source, targets=y, name=f"{task.name}-{part}")
            for part, (x, y) in task.parts.items()
        ]

        for candidate in task.candidates:
            # The run ends with its block: finished, or failed if an error leaves the block.
            with pegboard.start_run(run_name=candidate.name, nested=True, tags={"task": task.name}):
                pegboard.log_inputs(parts, contexts=list(task.parts))
                track_model(task, candidate, progress)
    return parent.info.run_id


def track_model(task: Task, candidate: Candidate, progress: Progress) -> None:
    """Train one model and log to the active run what one may want to know of it later."""
    params = candidate.model.get_params()
    pegboard.log_params({"model": type(candidate.model).__name__, **params})
    pegboard.log_dict({"model": candidate.name, "steps": candidate.steps, "params": params}, "config.json")

    name = f"valid_{task.metric}"
    curve = []
    for step, model in task.train(candidate):
        scores = {**task.scores(model, "train"), **task.scores(model, "valid")}
        pegboard.log_metrics(scores, step=step)  # a point on the curve of each metric
        curve.append({"step": step, **scores})
        told = f"{task.name:<9}{candidate.name:<12}{step:>5} {candidate.steps:<7} {name} {scores[name]:.3f}"
        progress.passing(told)
    pegboard.log_metrics(task.scores(model, "test"))

    x, y = task.parts["valid"]
    rows = pd.DataFrame({"answer": model.predict(x), "truth": y, "error": task.errors(model, x, y)})
    worst = rows.sort_values("error", ascending=False, kind="stable").head(8)
    pegboard.log_table(worst, "worst.json")
    pegboard.log_image(task.picture(x[worst.index]), "worst.png")
    pegboard.log_figure(figure(task, candidate, pd.DataFrame(curve), rows), "training.png")
    pegboard.log_text(task.report(model, x, y), "report.txt")

    with tempfile.TemporaryDirectory() as folder:
        joblib.dump(model, Path(folder, "model.joblib"))
        pegboard.log_artifacts(folder, "model")  # the folder's content, into the artifact folder `model`
    progress.trained(told)


def figure(task: Task, candidate: Candidate, curve: pd.DataFrame, rows: pd.DataFrame) -> Figure:
    """Draw how training went, and what the model answers beside what is true."""
    drawing = Figure(figsize=(9, 4))
    left, right = drawing.subplots(1, 2)
    for part in ("train", "valid"):
        left.plot(curve["step"], curve[f"{part}_{task.metric}"], label=part)
    left.set(title=f"{task.name}: {candidate.name}", xlabel=candidate.steps, ylabel=task.metric)
    left.legend()
    # Points that lie on one another darken, so that classes show as a confusion matrix does.
    right.scatter(rows["truth"], rows["answer"], alpha=0.2)
    right.set(title="validation", xlabel="truth", ylabel="answer")
    return drawing


def ranking(task: Task, sweep: str) -> list[Run]:
    """Search the runs of a sweep, the best first."""
    runs: list[Run] = pegboard.search_runs(
        experiment_names=[EXPERIMENT],
        filter_string=f"tags.`mlflow.parentRunId` = '{sweep}' and attributes.status = 'FINISHED'",
        order_by=[f"metrics.valid_{task.metric} {task.order}"],
        output_format="list",  # entities; a pandas frame by default
    )
    return runs


def show_leaderboard(task: Task, runs: list[Run]) -> None:
    """Print a sweep's runs with what ranks them."""
    names = [f"valid_{task.metric}", f"test_{task.metric}"]
    print(f"\n{task.name:<14}{names[0]:>16}{names[1]:>16}  run")
    for place, run in enumerate(runs, start=1):
        valid, test = (run.data.metrics[name] for name in names)
        print(f"{place:>2} {run.info.run_name:<12}{valid:>15.3f}{test:>16.3f}  {run.info.run_id}")


def check_model(task: Task, run: Run) -> None:
    """Fetch a run's model back, let it answer the test rows, and compare with the metrics of the run."""
    path = pegboard.artifacts.download_artifacts(f"runs:/{run.info.run_id}/model/model.joblib")
    scores = task.scores(joblib.load(path), "test")
    for name, score in scores.items():
        logged = run.data.metrics[name]
        if not math.isclose(score, logged, rel_tol=1e-9):
            sys.exit(f"The model of run {run.info.run_id} scores {name} = {score}, but {logged} was logged.")
    told = ", ".join(f"{name} {score:.3f}" for name, score in scores.items())
    print(f"   {run.info.run_name} fetched back and asked again: {told}, as logged")


def show_next_steps(uri: str, best: Run) -> None:
    """Print commands to go on with; they work as they stand."""
    program = shlex.quote(str(Path(sysconfig.get_path("scripts"), "pegboard")))
    print(
        f"""
All of it lies in {uri}. To look around:

  export PEGBOARD_TRACKING_URI={shlex.quote(uri)}
  {program} runs list --experiment-name {EXPERIMENT}
  {program} runs search -n {EXPERIMENT} -f "metrics.valid_accuracy > 0.95" -c run_name,metrics.valid_accuracy
  {program} runs describe --run-id {best.info.run_id}
  {program} artifacts list --run-id {best.info.run_id}
  {program} plugins"""
    )


class Progress:
    """Says what goes on: a line for each trained model and, on a terminal, one that moves meanwhile."""

    def __init__(self, models: int) -> None:
        self.models, self.done, self.moves = models, 0, sys.stdout.isatty()

    def passing(self, text: str) -> None:
        """Show a line until the next one, on a terminal only."""
        if self.moves:
            line = f"[{self.done + 1:>2}/{self.models}] {text}"
            print(f"\r\033[K{line[: shutil.get_terminal_size().columns - 1]}", end="", flush=True)

    def trained(self, text: str) -> None:
        """Show a line that stays."""
        self.done += 1
        clear = "\r\033[K" if self.moves else ""
        print(f"{clear}[{self.done:>2}/{self.models}] {text}", flush=True)


def main() -> None:
    """Run the sweeps, rank their runs, and check the best model of each."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--output",
        type=Path,
        default=Path("quickstart-output"),
        help="the folder to write to; a further call adds its runs (default: %(default)s)",
    )
    start, output = time.monotonic(), parser.parse_args().output

    pegboard.set_tracking_uri(output.absolute() / "mlruns")
    pegboard.set_experiment(EXPERIMENT)
    work = tasks()
    progress = Progress(sum(len(task.candidates) for task in work))
    sweeps = [track_sweep(task, progress) for task in work]
    for task, sweep in zip(work, sweeps, strict=True):
        runs = ranking(task, sweep)
        show_leaderboard(task, runs)
        check_model(task, runs[0])
    print(f"\nTrained and tracked {progress.done} models in {time.monotonic() - start:.0f} s.")
    show_next_steps(pegboard.get_tracking_uri(), runs[0])


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        print("\nStopped. The runs that were active are marked as killed; what they logged stays.")
        sys.exit(130)
