package io.github.coconut4j.serve.http;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Locale;

/** The fields of a client's JSON object; null counts as missing. */
public final class JsonFields {

  private final JsonNode node;

  /** Makes the fields of an object. */
  public JsonFields(JsonNode node) {
    this.node = node;
  }

  /** Whether a field is present. */
  public boolean has(String name) {
    return node.hasNonNull(name);
  }

  /** A field's value, or null. */
  public JsonNode get(String name) {
    return has(name) ? node.get(name) : null;
  }

  /**
   * A required text.
   *
   * @throws HttpError if it is missing or blank
   */
  public String text(String name) {
    JsonNode value = get(name);
    if (value == null || !value.isTextual() || value.textValue().isBlank()) {
      throw refused(name, "a text with words", "Send one.");
    }
    return value.textValue();
  }

  /**
   * A whole number, or null.
   *
   * @throws HttpError if it is not a whole number or out of range
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
      String range =
          least == most
              ? Integer.toString(least)
              : String.format(Locale.ROOT, "a whole number from %d to %d", least, most);
      throw refused(name, range, "Change it.");
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
      throw refused(name, "a whole number of 64 bits", "Change it.");
    }
    return value.longValue();
  }

  /**
   * A number, or the default.
   *
   * @throws HttpError if it is not a number or out of range
   */
  public double number(String name, double least, double most, double standard) {
    JsonNode value = get(name);
    if (value == null) {
      return standard;
    }
    double number = value.isNumber() ? value.doubleValue() : Double.NaN;
    if (!(number >= least && number <= most)) {
      throw refused(name, "a number from " + least + " to " + most, "Change it.");
    }
    return number;
  }

  /**
   * A share above 0, or 1 if it is missing.
   *
   * @throws HttpError if it is not a number above 0 and at most 1
   */
  public double share(String name) {
    double share = has(name) ? get(name).asDouble(Double.NaN) : 1;
    if (!(share > 0 && share <= 1) || (has(name) && !get(name).isNumber())) {
      throw refused(name, "a number above 0 and at most 1", "Change it.");
    }
    return share;
  }

  /** A boolean; false if it is missing. */
  public boolean flag(String name) {
    JsonNode value = get(name);
    if (value != null && !value.isBoolean()) {
      throw refused(name, "true or false", "Change it.");
    }
    return value != null && value.booleanValue();
  }

  /**
   * Makes the error for a field with an invalid value.
   *
   * @param requirement the requirement for the value
   * @param remedy the remedy, as a sentence
   */
  public HttpError refused(String name, String requirement, String remedy) {
    JsonNode value = node.get(name);
    String found = value == null ? "missing" : HttpError.abbreviated(value.toString());
    return HttpError.badRequest(
        name, "`" + name + "` needs to be " + requirement + " but is " + found + ". " + remedy);
  }
}
