package io.github.coconut4j.config;

/** Rejects numbers that are out of a key's range, or of float32's, in which models compute. */
final class NumberCheck {

  private NumberCheck() {}

  static void atLeastIfSet(String key, Integer value) {
    if (value != null) {
      atLeast(key, value, 1);
    }
  }

  static void atLeast(String key, double value, int least) {
    if (!(value >= least) || Double.isInfinite(value)) {
      throw outOfRange(key, "a finite number of at least " + least, value);
    }
    requireFloat(key, value);
  }

  static void above(String key, double value, int bound) {
    if (!(value > bound) || Double.isInfinite(value)) {
      throw outOfRange(key, "a finite number above " + bound, value);
    }
    requireFloat(key, value);
    if ((float) value <= bound) {
      throw outOfRange(key, "a number that is above " + bound + " in float32 too,", value);
    }
  }

  private static void requireFloat(String key, double value) {
    if (Float.isInfinite((float) value)) {
      throw outOfRange(key, "a number that float32 can hold, at most " + Float.MAX_VALUE, value);
    }
  }

  static ConfigException outOfRange(String key, String requirement, double value) {
    boolean isWhole = value == (long) value && Math.abs(value) <= Integer.MAX_VALUE;
    Object shown = isWhole ? (Object) (long) value : (Object) value;
    return ConfigException.of(
        key, requirement, shown, "Change it in the file or with --set " + key + "=VALUE.");
  }
}
