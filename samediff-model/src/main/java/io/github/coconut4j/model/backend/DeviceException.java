package io.github.coconut4j.model.backend;

/**
 * Thrown if a device failed. Usually this process can no longer use the device, and data that was
 * only in its memory is lost; the message has the remedy.
 */
public final class DeviceException extends IllegalStateException {

  private static final long serialVersionUID = 1;

  /** Makes an exception with a message for the user. */
  public DeviceException(String message) {
    super(message);
  }

  /** Makes an exception with a message for the user and what caused it. */
  public DeviceException(String message, Throwable cause) {
    super(message, cause);
  }
}
