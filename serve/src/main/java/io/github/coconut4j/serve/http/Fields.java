package io.github.coconut4j.serve.http;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Locale;

/** The fields of a JSON object of a client; null counts as not there. */
public final class Fields {

  private final JsonNode node;

  /** Fields of an object. */
  public Fields(JsonNode node) {
    this.node = node;
  }

  /** Whether a field is there. */
  public boolean has(String name) {
    return node.hasNonNull(name);
  }

  /** A field's value, or null. */
  public JsonNode get(String name) {
    return has(name) ? node.get(name) : null;
  }

  /**
   * A text that must be there.
   *
   * @throws HttpError if it is not, or blank
   */
  public String text(String name) {
    JsonNode value = get(name);
    if (value == null || !value.isTextual() || value.textValue().isBlank()) {
      throw HttpError.badRequest(name, "`" + name + "` needs to be a text with words. Send one.");
    }
    return value.textValue();
  }

  /**
   * A whole number, or null.
   *
   * @throws HttpError if it is none or out of its range
   */
  public Integer integer(String name, int least, int most) {
    JsonNode value = get(name);
    if (value == null) {
      return null;
    }
    if (!value.isIntegralNumber()
        || !value.canConvertToInt()
        || value.intValue() < least
        || value.intValue() > most) {
      throw HttpError.badRequest(
          name,
          String.format(
              Locale.ROOT,
              "`%s` needs to be a whole number from %d to %d. Change it.",
              name,
              least,
              most));
    }
    return value.intValue();
  }

  /** A whole number of 64 bits, or null. */
  public Long longInteger(String name) {
    JsonNode value = get(name);
    if (value == null) {
      return null;
    }
    if (!value.isIntegralNumber() || !value.canConvertToLong()) {
      throw HttpError.badRequest(
          name, "`" + name + "` needs to be a whole number of 64 bits. Change it.");
    }
    return value.longValue();
  }

  /**
   * A number, or the default.
   *
   * @throws HttpError if it is none or out of its range
   */
  public double number(String name, double least, double most, double standard) {
    JsonNode value = get(name);
    if (value == null) {
      return standard;
    }
    double number = value.isNumber() ? value.doubleValue() : Double.NaN;
    if (!(number >= least && number <= most)) {
      throw HttpError.badRequest(
          name,
          "`" + name + "` needs to be a number from " + least + " to " + most + ". Change it.");
    }
    return number;
  }

  /** A boolean, false where it is not there. */
  public boolean flag(String name) {
    JsonNode value = get(name);
    if (value != null && !value.isBoolean()) {
      throw HttpError.badRequest(name, "`" + name + "` needs to be true or false. Change it.");
    }
    return value != null && value.booleanValue();
  }
}
