package io.github.coconut4j.cli;

import io.github.coconut4j.model.backend.DeviceChoice;
import io.github.coconut4j.model.backend.Devices;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Where a command's models compute. */
public final class DeviceOption {

  @Spec(Spec.Target.MIXEE)
  private CommandSpec command;

  @Option(
      names = "--device",
      paramLabel = "DEVICE",
      description =
          "Where to compute: auto, cpu or cuda. auto takes a GPU where one can be used (default:"
              + " auto, or what the configuration says).")
  private DeviceChoice choice;

  /** What was given; null if nothing was. */
  public DeviceChoice given() {
    return choice;
  }

  /**
   * Chooses the device for the models that the command makes, and says on standard error which it
   * is where there was a choice.
   *
   * @throws ParameterException if no GPU can be used and one was asked for
   */
  public void apply() {
    apply(choice == null ? DeviceChoice.AUTO : choice);
  }

  /** As {@link #apply()}, of a configuration's choice. */
  public void apply(DeviceChoice chosen) {
    try {
      Devices.choose(chosen);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(command.commandLine(), e.getMessage(), e);
    }
    Devices.report().ifPresent(line -> command.commandLine().getErr().println(line));
  }
}
