"""The command line: `afo`."""

from __future__ import annotations

import sys
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from afo_designer.apps import console
from afo_designer.apps.console import UsageRefused
from afo_designer.limb.scan import Side
from afo_designer.runs import catalogue
from afo_designer.runs.exit_code import ExitCode


class Unit(StrEnum):
    """Units a scan may be in."""

    MM = "mm"
    CM = "cm"
    M = "m"
    INCH = "inch"


class Sex(StrEnum):
    """Whose body proportions a generated limb takes."""

    FEMALE = "female"
    MALE = "male"


app = typer.Typer(
    name="afo",
    help="From a leg scan and a measured weakness to a checked, printable ankle-foot orthosis. "
    "Research software, not clinically validated.",
    no_args_is_help=True,
    add_completion=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

Debug = Annotated[bool, typer.Option("--debug", help="Show a traceback when something fails.")]
Json = Annotated[
    bool, typer.Option("--json", help="One JSON document on stdout, everything else on stderr.")
]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace what is in the folder.")]
SideOption = Annotated[
    Side | None, typer.Option("--side", help="The leg's side; stands against person and scan.")
]
UnitOption = Annotated[
    Unit | None,
    typer.Option("--unit", help="The scan's unit."),
]
LandmarksOption = Annotated[
    Path | None,
    typer.Option("--landmarks", help="Picked points {NAME: [x, y, z]}, scan's axes and unit."),
]
PersonOption = Annotated[Path, typer.Option("--person", help="The person file (TOML).")]


def main() -> None:
    """Entry point of `afo` and of `python -m afo_designer`."""
    console.run(lambda: app(standalone_mode=False, prog_name="afo"), sys.argv[1:])


@app.callback(invoke_without_command=True)
def _root(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> None:
    if version:
        from afo_designer.design.software import software_version

        console.stdout().print(software_version())
        raise typer.Exit
    if context.invoked_subcommand is None:
        raise UsageRefused("a command is missing; see 'afo --help'.")


@app.command(
    epilog="Example: afo design scans/demo_limb.ply --person scans/demo_person.toml -o outputs/demo"
)
def design(
    scan: Annotated[Path, typer.Argument(help="Leg scan: .stl .ply .obj .off .glb .3mf")],
    person: PersonOption,
    output: Annotated[Path, typer.Option("-o", "--output", help="Folder for the results.")],
    template: Annotated[
        str, typer.Option("--template", help="Family: see 'afo templates'.")
    ] = catalogue.DEFAULT_TEMPLATE,
    material: Annotated[
        str, typer.Option("--material", help="Material: see 'afo materials'.")
    ] = catalogue.DEFAULT_MATERIAL,
    cast: Annotated[
        str | None,
        typer.Option("--cast", help="Cast modifications: a set by name, or a TOML file."),
    ] = None,
    side: SideOption = None,
    unit: UnitOption = None,
    landmarks: LandmarksOption = None,
    settings: Annotated[
        list[str] | None, typer.Option("--set", help="A parameter, key=value; repeatable.")
    ] = None,
    fast: Annotated[
        bool,
        typer.Option("--fast", help="Linear bench: no large rotations, variants, contact or PDF."),
    ] = False,
    overwrite: Overwrite = False,
    override_clinical: Annotated[
        str | None,
        typer.Option(
            "--override-clinical", help="The prescriber's reason to go on past a clinical stop."
        ),
    ] = None,
    as_json: Json = False,
    debug: Debug = False,
) -> int:
    """The main job: scan to checked, printable orthosis."""
    from afo_designer.apps.outcome import say_design
    from afo_designer.apps.pages import DESIGN_PAGES
    from afo_designer.design.pipeline import Status
    from afo_designer.runs.single import Order, run_order

    order = Order(
        scan=scan,
        person=person,
        output=output,
        template=template,
        material=material,
        preset=cast,
        side=side,
        unit=unit.value if unit else None,
        landmarks=landmarks,
        settings=_settings(settings or []),
        fast=fast,
        overwrite=overwrite,
        override=override_clinical,
    )
    progress = console.Progress()
    try:
        outcome = run_order(order, DESIGN_PAGES, progress)
    finally:
        progress.close()
    for remark in outcome.remarks:
        console.stderr().print(remark, style="yellow", markup=False)
    if as_json:
        console.print_json(outcome.record)
    else:
        say_design(outcome.record, output, console.stdout())
    if outcome.crashed:
        return ExitCode.CRASHED
    return ExitCode.INFEASIBLE if outcome.status is Status.FAILED else ExitCode.DONE


def _settings(pairs: list[str]) -> dict[str, str]:
    """{key: value} of repeated --set key=value."""
    settings = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not equals or not key.strip():
            raise UsageRefused(f"--set takes key=value, not {pair!r}.")
        settings[key.strip()] = value.strip()
    return settings


@app.command(epilog="Example: afo inspect scans/demo_limb.ply -o outputs/demo_scan")
def inspect(
    scan: Annotated[Path, typer.Argument(help="Leg scan: .stl .ply .obj .off .glb .3mf")],
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="Folder for pictures and inspect.json.")
    ] = None,
    person: Annotated[
        Path | None,
        typer.Option("--person", help="A person file: its side, height and tape are compared."),
    ] = None,
    side: SideOption = None,
    unit: UnitOption = None,
    landmarks: LandmarksOption = None,
    overwrite: Overwrite = False,
    as_json: Json = False,
    debug: Debug = False,
) -> int:
    """Grade a scan: unit, side, pose, girths, landmarks with confidence; what to rescan."""
    from afo_designer.apps.inspection import inspection_pictures, inspection_record, say_inspection
    from afo_designer.runs.reading import read_limb, read_person
    from afo_designer.runs.single import write_folder
    from afo_designer.runs.workspace import check_target

    if output is not None:
        check_target(output.resolve(), overwrite)
    whose = read_person(person) if person else None
    told = side or (Side(whose.side) if whose else None)
    height = whose.height_mm if whose else None
    limb = read_limb(
        scan,
        told,
        unit.value if unit else None,
        landmarks,
        height,
        whole=False,
        insist=side is not None,
    )
    record = inspection_record(limb, whose)
    if output is not None:
        write_folder(output, "inspect.json", record, inspection_pictures(limb), overwrite)
    if as_json:
        console.print_json(record)
    else:
        say_inspection(record, console.stdout())
    return ExitCode.DONE


@app.command(
    epilog="Example: afo prescribe --person scans/demo_person.toml -o outputs/demo_prescription"
)
def prescribe(
    person: PersonOption,
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", help="Folder for the sheet: prescription.html, .pdf, .json"),
    ] = None,
    overwrite: Overwrite = False,
    as_json: Json = False,
    debug: Debug = False,
) -> int:
    """Weakness to stiffness, family and the gait it buys; every assumption with its source."""
    from afo_designer.apps.advice import say_prescription
    from afo_designer.apps.prescription_page import prescription_sheets
    from afo_designer.design.outlook import prescribed_outlook
    from afo_designer.design.person import person_record
    from afo_designer.design.plain import plain
    from afo_designer.design.prescription import prescribe as prescribed
    from afo_designer.design.prescription import prescription_record
    from afo_designer.runs.reading import read_person
    from afo_designer.runs.single import write_folder
    from afo_designer.runs.workspace import check_target

    if output is not None:
        check_target(output.resolve(), overwrite)
    one = read_person(person)
    prescription = prescribed(one)
    record = plain(
        {
            "person": person_record(one),
            "prescription": prescription_record(prescription),
            "gait": prescribed_outlook(one, prescription),
        }
    )
    if output is not None:
        sheets = prescription_sheets(record)
        write_folder(output, "prescription.json", record, sheets, overwrite)
    if as_json:
        console.print_json(record)
    else:
        say_prescription(record, console.stdout())
    return ExitCode.DONE if prescription.stands() else ExitCode.INFEASIBLE


@app.command(
    epilog="Example: afo limb --age 8 --height 1280 --ankle-angle -20 --set scanner.noise_mm=0.5 "
    "-o child.ply"
)
def limb(
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="File to write: .ply or .stl")
    ] = None,
    age: Annotated[float | None, typer.Option("--age", help="Years.")] = None,
    sex: Annotated[Sex | None, typer.Option("--sex", help="Whose body proportions.")] = None,
    height: Annotated[float | None, typer.Option("--height", help="Stature, mm.")] = None,
    mass: Annotated[float | None, typer.Option("--mass", help="Body mass, kg.")] = None,
    side: Annotated[Side | None, typer.Option("--side", help="Which leg.")] = None,
    ankle_angle: Annotated[
        float | None, typer.Option("--ankle-angle", help="Degrees, dorsiflexion positive.")
    ] = None,
    seed: Annotated[int | None, typer.Option("--seed", help="Which individual.")] = None,
    patient: Annotated[
        int | None,
        typer.Option(
            "--patient", min=0, help="Begin with a patient drawn at random by this number."
        ),
    ] = None,
    degraded: Annotated[
        bool, typer.Option("--degraded", help="With that patient's noisy, holed, cluttered scan.")
    ] = False,
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", help="Any parameter of --list, key=value; repeatable."),
    ] = None,
    listed: Annotated[
        bool, typer.Option("--list", help="Show every parameter and write nothing.")
    ] = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace the file.")] = False,
    as_json: Json = False,
    debug: Debug = False,
) -> int:
    """A synthetic limb scan; FILE.landmarks.json and FILE.truth.json beside it say what is true."""
    from afo_designer.apps.listing import parameter_list, say_parameters
    from afo_designer.geometry.parameter import with_value
    from afo_designer.limb import population
    from afo_designer.limb.generator import LimbShape, generate_limb
    from afo_designer.runs.synthetic import check_limb_file, write_limb

    values = {
        "age_years": age,
        "sex": sex.value if sex else None,
        "height_mm": height,
        "mass_kg": mass,
        "side": side.value if side else None,
        "ankle_angle_deg": ankle_angle,
        "seed": seed,
    }
    if degraded and patient is None:
        raise UsageRefused("--degraded needs --patient NUMBER, which draws the scan.")
    shape = LimbShape() if patient is None else population.patient(patient)
    if degraded:
        shape = population.degraded(shape, patient or 0)
    for key, value in [*values.items(), *_settings(settings or []).items()]:
        if value is not None:
            shape = with_value(shape, key, value)
    if listed:
        rows = parameter_list(shape)
        if as_json:
            console.print_json(rows)
        else:
            say_parameters(rows, console.stdout())
        return ExitCode.DONE
    if output is None:
        raise UsageRefused("-o FILE is missing: where to write the limb; see 'afo limb --help'.")
    check_limb_file(output, overwrite)
    made = generate_limb(shape)
    record = write_limb(made, output)
    if as_json:
        console.print_json(record)
    else:
        console.stdout().print(
            f"{made.side.value} leg, foot {made.foot_length:.0f} mm, ankle "
            f"{made.ankle_angle_deg:g} deg, {len(made.mesh.triangles)} triangles: {output}",
            markup=False,
        )
    return ExitCode.DONE


@app.command(
    epilog="Example: afo check outputs/demo --measured-thickness 4.1,4.6,5.2 --measured-mass 171"
)
def check(
    folder: Annotated[Path, typer.Argument(help="A folder that 'afo design' wrote.")],
    measured_thickness: Annotated[
        str | None,
        typer.Option(
            "--measured-thickness",
            help="Walls of the printed leaf, mm, at the sheet's points in order: 4.1,4.6,5.2; "
            "or one value for all.",
        ),
    ] = None,
    measured_mass: Annotated[
        float | None, typer.Option("--measured-mass", help="Mass of the printed part, g.")
    ] = None,
    machine: Annotated[str | None, typer.Option("--machine", help="What printed it.")] = None,
    lot: Annotated[str | None, typer.Option("--lot", help="The material's lot.")] = None,
    refresh_ratio: Annotated[
        float | None, typer.Option("--refresh-ratio", help="Share of new powder, 0 to 1.")
    ] = None,
    orientation: Annotated[
        str | None, typer.Option("--orientation", help="How it lay in the machine.")
    ] = None,
    inspector: Annotated[str | None, typer.Option("--inspector", help="Who measured.")] = None,
    inspected_on: Annotated[
        str | None, typer.Option("--inspected-on", help="When: YYYY-MM-DD.")
    ] = None,
    as_json: Json = False,
    debug: Debug = False,
) -> int:
    """Checks a finished design again from its files alone; or a printed part by its walls."""
    from afo_designer.apps.rechecked import recheck_record, say_recheck
    from afo_designer.design.as_built import Measurement
    from afo_designer.runs.inspections import inspect_part
    from afo_designer.runs.recheck import recheck

    measurement = Measurement(
        thickness_mm=_millimetres(measured_thickness),
        mass_g=measured_mass,
        machine=_noted("--machine", machine),
        lot=_noted("--lot", lot),
        refresh_ratio=refresh_ratio,
        orientation=_noted("--orientation", orientation),
        inspector=_noted("--inspector", inspector),
    )
    day = _day(inspected_on)
    progress = console.Progress()
    entry = None
    try:
        found = recheck(folder, progress)
        if measurement != Measurement() and found.design is not None and found.proven:
            progress("printed part")
            entry = inspect_part(folder, found.design, measurement, day)
    finally:
        progress.close()
    record = recheck_record(found, entry, measurement != Measurement())
    if as_json:
        console.print_json(record)
    else:
        say_recheck(record, console.stdout())
    fits = entry is None or bool(entry["fits"])
    return ExitCode.DONE if found.passed and fits else ExitCode.INFEASIBLE


def _millimetres(text: str | None) -> tuple[float, ...]:
    """Numbers with commas between them; both decimal points are a point."""
    if text is None:
        return ()
    try:
        return tuple(float(part) for part in text.split(","))
    except ValueError:
        raise UsageRefused(
            f"--measured-thickness takes millimetres with commas between, as 4.1,4.6,5.2; "
            f"not {text[:60]!r}."
        ) from None


def _noted(option: str, text: str | None) -> str | None:
    """A short line that was noted, without what moves a terminal's cursor."""
    if text is not None and not (0 < len(text.strip()) <= 120 and text.isprintable()):
        raise UsageRefused(f"{option} takes one line of up to 120 characters.")
    return None if text is None else text.strip()


def _day(text: str | None) -> str | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise UsageRefused(f"--inspected-on takes YYYY-MM-DD, not {text[:60]!r}.") from None


@app.command(epilog="Example: afo batch orders.csv -o outputs/tonight --workers 2 --fast")
def batch(
    orders: Annotated[
        Path | None, typer.Argument(help="Table of orders (CSV): order_id, scan, person, ...")
    ] = None,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="Folder for the results.")
    ] = None,
    resume: Annotated[
        Path | None, typer.Option("--resume", help="Go on with the batch in this folder.")
    ] = None,
    workers: Annotated[
        int | None, typer.Option("--workers", min=1, help="Jobs at a time; else one a processor.")
    ] = None,
    scheduler: Annotated[
        str,
        typer.Option("--scheduler", help="Run the jobs on a Dask cluster: tcp://HOST:8786."),
    ] = "",
    only: Annotated[
        str | None,
        typer.Option("--only", help="These orders alone, comma-separated; failed ones again."),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Check the table, say what would run, write nothing.")
    ] = False,
    fast: Annotated[
        bool, typer.Option("--fast", help="Every design with 'afo design --fast'.")
    ] = False,
    root: Annotated[
        Path | None,
        typer.Option("--root", help="The folder all named files lie in; else the table's own."),
    ] = None,
    time_limit: Annotated[
        float | None,
        typer.Option("--time-limit", min=1.0, max=864e3, help="Seconds that one job may take."),
    ] = None,
    memory: Annotated[
        int | None,
        typer.Option("--memory", min=256, max=1 << 24, help="MB of memory that one job may take."),
    ] = None,
    as_json: Json = False,
    debug: Debug = False,
) -> int:
    """Many orders, each in a process of its own; --resume loses nothing and repeats nothing."""
    from afo_designer.apps import batch as words
    from afo_designer.runs.cluster import open_site
    from afo_designer.runs.orders_batch import (
        begin_batch,
        is_fast,
        preview_batch,
        preview_orders,
        run_orders,
    )

    folder = output if resume is None else resume
    if (orders is None) == (resume is None):
        raise UsageRefused("afo batch takes ORDERS.csv -o DIR, or --resume DIR.")
    if resume is not None and (output is not None or fast or root is not None):
        raise UsageRefused("--resume DIR goes on as the batch began: no -o, --fast or --root.")
    if resume is None and orders is not None and dry_run:
        return words.tell_preview(preview_orders(orders, root, words.named(only)), as_json)
    if folder is None:
        raise UsageRefused("-o DIR is missing: where the results go; see 'afo batch --help'.")
    if dry_run:
        return words.tell_preview(preview_batch(folder, words.named(only)), as_json)
    fast = fast if resume is None else is_fast(folder)
    settings = words.batch_settings(workers, time_limit, memory, fast, only, scheduler)
    if orders is not None:
        with open_site(scheduler, 1, lambda said: None):
            begin_batch(orders, folder, fast, root, settings.only)
    progress = words.BatchProgress()
    try:
        summary = run_orders(
            folder, settings, progress, lambda said: console.stderr().print(said, markup=False)
        )
    finally:
        progress.close()
    code = ExitCode.BATCH_FAILURES if summary.failures else ExitCode.DONE
    if as_json:
        console.print_json(words.summary_document(summary, str(folder), int(code)))
    else:
        words.say_summary(summary, str(folder), console.stdout())
    return code


@app.command(epilog="Example: afo sweep examples/leaf.toml -o outputs/leaf --workers 2")
def sweep(
    study: Annotated[Path, typer.Argument(help="A study (TOML): base, factors, plan, responses.")],
    output: Annotated[Path, typer.Option("-o", "--output", help="Folder for the results.")],
    workers: Annotated[
        int | None,
        typer.Option("--workers", min=1, help="Jobs side by side; else one a processor."),
    ] = None,
    scheduler: Annotated[
        str,
        typer.Option("--scheduler", help="Run the jobs on a Dask cluster: tcp://HOST:8786."),
    ] = "",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Check the study and say what it would compute.")
    ] = False,
    as_json: Json = False,
    debug: Debug = False,
) -> int:
    """A design of experiments over any parameter; a folder begun before is gone on with."""
    from afo_designer.apps import sweep as words
    from afo_designer.apps.batch import BatchProgress
    from afo_designer.apps.sweep_charts import sweep_pictures
    from afo_designer.runs.sweep.run import run_sweep
    from afo_designer.runs.sweep.study import read_study

    checked = read_study(study)
    if dry_run:
        return words.tell_plan(checked, as_json)
    progress = BatchProgress("chunks")
    try:
        swept = run_sweep(
            checked,
            output,
            words.sweep_settings(workers, scheduler),
            sweep_pictures,
            progress,
            lambda said: console.stderr().print(said, markup=False),
        )
    finally:
        progress.close()
    code = ExitCode.BATCH_FAILURES if swept.failed else ExitCode.DONE
    for remark in swept.remarks:
        console.stderr().print(remark, style="yellow", markup=False)
    if as_json:
        console.print_json(words.sweep_document(swept, str(output), int(code)))
    else:
        words.say_sweep(swept, str(output), console.stdout())
    return code


@app.command(epilog="Example: afo templates --json")
def templates(as_json: Json = False, debug: Debug = False) -> int:
    """The families there are, with every parameter, its unit, range and default."""
    from afo_designer.apps.listing import say_templates, template_list

    document = template_list()
    if as_json:
        console.print_json(document)
    else:
        say_templates(document, console.stdout())
    return ExitCode.DONE


@app.command(epilog="Example: afo materials")
def materials(as_json: Json = False, debug: Debug = False) -> int:
    """The materials there are, every constant with its source."""
    from afo_designer.apps.listing import material_list, say_materials

    document = material_list()
    if as_json:
        console.print_json(document)
    else:
        say_materials(document, console.stdout())
    return ExitCode.DONE
