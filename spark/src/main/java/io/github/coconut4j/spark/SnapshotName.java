package io.github.coconut4j.spark;

import java.io.Serializable;
import java.util.Comparator;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The name of a snapshot, such as {@code step-000000120-checkpoint-UUID}. Names are ordered by
 * step, then kind, then writer.
 *
 * @param step number of updates of the run
 * @param kind what the snapshot holds
 * @param writer text that is unique to its writer
 */
record SnapshotName(int step, Kind kind, String writer)
    implements Comparable<SnapshotName>, Serializable {

  private static final Comparator<SnapshotName> ORDER =
      Comparator.comparingInt(SnapshotName::step)
          .thenComparing(SnapshotName::kind)
          .thenComparing(SnapshotName::writer);

  private static final Pattern NAME =
      Pattern.compile("step-(\\d{9})-(checkpoint|result)-([\\w-]+)");

  /** What a snapshot holds, in the order in which they are written at one step. */
  enum Kind {
    /** A run that continues. */
    CHECKPOINT,
    /** A run that was trained to the end of its job, and evaluated. */
    RESULT
  }

  /** Makes a unique name. */
  static SnapshotName unique(int step, Kind kind) {
    return new SnapshotName(step, kind, UUID.randomUUID().toString());
  }

  /** Parses a name; empty if the text is not one. */
  static Optional<SnapshotName> parse(String text) {
    Matcher matcher = NAME.matcher(text);
    return matcher.matches()
        ? Optional.of(
            new SnapshotName(
                Integer.parseInt(matcher.group(1)),
                Kind.valueOf(matcher.group(2).toUpperCase(Locale.ROOT)),
                matcher.group(3)))
        : Optional.empty();
  }

  @Override
  public int compareTo(SnapshotName other) {
    return ORDER.compare(this, other);
  }

  @Override
  public String toString() {
    return String.format(
        Locale.ROOT, "step-%09d-%s-%s", step, kind.name().toLowerCase(Locale.ROOT), writer);
  }
}
