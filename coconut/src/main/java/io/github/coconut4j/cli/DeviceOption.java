package io.github.coconut4j.cli;

import io.github.coconut4j.model.backend.DeviceChoice;
import io.github.coconut4j.model.backend.Devices;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The option {@code --device}: where a command's models compute. */
public final class DeviceOption {

  @Spec(Spec.Target.MIXEE)
  private CommandSpec command;

  @Option(
      names = "--device",
      paramLabel = "DEVICE",
      description =
          "Where to compute: auto, cpu or cuda. auto uses a GPU if possible (default: the"
              + " configuration's device, or auto).")
  private DeviceChoice choice;

  /** The given value; null if none was given. */
  public DeviceChoice given() {
    return choice;
  }

  /**
   * Chooses the device for the command's models, and prints it on standard error if there was a
   * choice.
   *
   * @throws ParameterException if a GPU was requested and none can be used
   */
  public void apply() {
    apply(choice == null ? DeviceChoice.AUTO : choice);
  }

  /** As {@link #apply()}, for a configuration's choice. */
  public void apply(DeviceChoice chosen) {
    try {
      Devices.choose(chosen);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(command.commandLine(), e.getMessage(), e);
    }
    Devices.report().ifPresent(line -> command.commandLine().getErr().println(line));
  }
}
