package io.github.coconut4j.model.backend;

/**
 * A device did not do what it was asked to. Most often it can no longer be used by this process,
 * and what it alone had is lost; the message says what to do.
 */
public final class DeviceException extends IllegalStateException {

  private static final long serialVersionUID = 1;

  /** With a message for the user. */
  public DeviceException(String message) {
    super(message);
  }

  /** As another one, with more to say. */
  public DeviceException(String message, DeviceException cause) {
    super(message, cause);
  }
}
