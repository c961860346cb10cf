"""What is wrong with a command line, said as all our errors are: one sentence, with what was perhaps meant."""

import sys
from collections.abc import Sequence
from typing import Any, Final, NoReturn

import typer
from typer.core import TyperGroup

from taskfusion.base.nearest import did_you_mean
from taskfusion.cli.output import USER_ERROR, print_error

UsageError: Final[Any] = typer.BadParameter.__base__  # Typer gives it no public name


class Commands(TyperGroup):
    """The commands, whose faults of usage are errors like others."""

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        windows_expand_args: bool = True,
        **extra: Any,  # noqa: ANN401  as Typer has it
    ) -> NoReturn:
        """Run a command line, and exit."""
        given = sys.argv[1:] if args is None else list(args)
        try:
            code = super().main(given, prog_name, complete_var, standalone_mode=False, **extra)
        except UsageError as error:
            code = USER_ERROR
            if given:  # without any, the help is shown, and that is all
                print_error(usage_sentence(error), as_json="--json" in given)
        sys.exit(code)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:  # noqa: ANN401  as Typer has it
        """The command that the first word names."""
        name = args[0]
        if name not in self.commands and not ctx.resilient_parsing:
            meant = did_you_mean(name, self.commands) or f"; there are {', '.join(self.commands)}"
            ctx.fail(f"there is no command '{name}'{meant}")
        return super().resolve_command(ctx, args)


def usage_sentence(error: Any) -> str:  # noqa: ANN401  a UsageError
    """Typer's complaint in our words, and where to read on."""
    if hasattr(error, "possibilities"):
        return _no_such_option(error.option_name, error.ctx)
    message = " ".join(error.format_message().split()).rstrip(".").replace("Value error, ", "", 1)
    is_answered = error.ctx is None or message.endswith("?")
    return f"{message[:1].lower()}{message[1:]}{'' if is_answered else _see(error.ctx)}"


def _see(ctx: typer.Context) -> str:
    return f"; see: {ctx.command_path} --help"


def _no_such_option(option: str, ctx: typer.Context) -> str:
    """Settings of the experiment file are often taken for options."""
    options = [name for param in ctx.command.get_params(ctx) for name in param.opts]
    of_the_name, near = _settings(option) if "--set" in options else ("", "")
    meant = of_the_name or did_you_mean(option, options) or near
    return f"{ctx.info_name} has no option '{option}'{meant or _see(ctx)}"


def _settings(option: str) -> tuple[str, str]:
    """Offers of the settings whose last word is that of an option, and of those whose last word is near to it."""
    from taskfusion.config.experiment import Experiment
    from taskfusion.config.setting import settings_called, settings_like

    key = option.lstrip("-").replace("-", "_")
    return _offer(settings_called(key, Experiment)), _offer(settings_like(key, Experiment))


def _offer(names: Sequence[str]) -> str:
    offered = " or ".join(f"'--set {name}=...'" for name in names)
    return f"; did you mean {offered}?" if offered else ""
