package io.github.coconut4j.config;

/** A configuration that cannot be used: its message names what to change. */
public class ConfigException extends IllegalArgumentException {

  private static final long serialVersionUID = 1L;

  /** An error with a message of its own. */
  public ConfigException(String message) {
    super(message);
  }

  /** An error with the exception that revealed it. */
  public ConfigException(String message, Throwable cause) {
    super(message, cause);
  }

  /** The same error with the file that it is in, unless it names that already. */
  public ConfigException in(String file) {
    String prefix = file + ": ";
    return getMessage().startsWith(prefix)
        ? this
        : new ConfigException(prefix + getMessage(), this);
  }

  /**
   * An error in the value of one key.
   *
   * @param key the key as the file spells it
   * @param requirement what the value must be, as the rest of "needs …"
   * @param found the value found
   * @param remedy a sentence that says what to do
   */
  public static ConfigException of(String key, String requirement, Object found, String remedy) {
    return new ConfigException(
        "`" + key + "` needs " + requirement + " but is " + found + ". " + remedy);
  }
}
