package io.github.coconut4j.data;

import java.nio.charset.CharacterCodingException;

/** Thrown if a text is not in UTF-8; the message says what was found and what to do. */
public class NotUtf8Exception extends CharacterCodingException {

  private static final long serialVersionUID = 1L;

  private final String message;

  NotUtf8Exception(String source, String found) {
    message = source + " must be UTF-8 text, found " + found + "; convert it to UTF-8.";
  }

  @Override
  public String getMessage() {
    return message;
  }
}
