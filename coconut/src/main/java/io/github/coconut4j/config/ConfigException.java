package io.github.coconut4j.config;

/** Thrown for an invalid configuration; the message says what to change. */
public class ConfigException extends IllegalArgumentException {

  private static final long serialVersionUID = 1L;

  /** Makes an error with a message. */
  public ConfigException(String message) {
    super(message);
  }

  /** Makes an error with a message and the exception that revealed it. */
  public ConfigException(String message, Throwable cause) {
    super(message, cause);
  }

  /** The same error with the name of the file, unless the message has it already. */
  public ConfigException in(String file) {
    String prefix = file + ": ";
    return getMessage().startsWith(prefix)
        ? this
        : new ConfigException(prefix + getMessage(), this);
  }

  /**
   * Makes an error about the value of one key.
   *
   * @param key the key as spelled in the file
   * @param requirement what the value must be, as the rest of "needs …"
   * @param found the value found
   * @param remedy the remedy, as a sentence
   */
  public static ConfigException of(String key, String requirement, Object found, String remedy) {
    return new ConfigException(
        "`" + key + "` needs " + requirement + " but is " + found + ". " + remedy);
  }
}
