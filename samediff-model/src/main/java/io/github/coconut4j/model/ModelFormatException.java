package io.github.coconut4j.model;

/**
 * Thrown if a model directory, one of its files, or a tensor in it cannot be used.
 *
 * <p>The message names the file, the requirement, the value found and the remedy.
 */
public class ModelFormatException extends IllegalArgumentException {

  /**
   * @param subject the file, and the part of it, that is wrong
   * @param requirement what must hold of it, as a clause: {@code "must be an F32 tensor"}
   * @param found the value found instead
   * @param remedy what the user can do, as a sentence
   */
  public ModelFormatException(String subject, String requirement, Object found, String remedy) {
    this(subject, requirement, found, remedy, null);
  }

  /**
   * @param message subject, requirement, value found and remedy in sentences
   */
  public ModelFormatException(String message) {
    super(message);
  }

  /**
   * @param message subject, requirement, value found and remedy in sentences
   * @param cause the exception that revealed the fault
   */
  public ModelFormatException(String message, Throwable cause) {
    super(message, cause);
  }

  /** As the first constructor, with the exception that revealed the fault. */
  public ModelFormatException(
      String subject, String requirement, Object found, String remedy, Throwable cause) {
    super(subject + " " + requirement + ", but found " + found + ". " + remedy, cause);
  }
}
