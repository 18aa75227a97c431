package io.github.coconut4j.spark;

import java.io.Serializable;
import java.util.Comparator;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The name of a snapshot, by which it is ordered: {@code step-000000120-checkpoint-UUID}.
 *
 * @param step updates done
 * @param kind what it holds
 * @param writer text of its writer's own
 */
record SnapshotName(int step, Kind kind, String writer)
    implements Comparable<SnapshotName>, Serializable {

  private static final Comparator<SnapshotName> ORDER =
      Comparator.comparingInt(SnapshotName::step)
          .thenComparing(SnapshotName::kind)
          .thenComparing(SnapshotName::writer);

  private static final Pattern NAME =
      Pattern.compile("step-(\\d{9})-(checkpoint|result)-([\\w-]+)");

  /** What a snapshot holds, in the order in which they come at one step. */
  enum Kind {
    /** A run that goes on. */
    CHECKPOINT,
    /** A run that was trained as far as was asked, and evaluated. */
    RESULT
  }

  /** A name that nobody else has. */
  static SnapshotName unique(int step, Kind kind) {
    return new SnapshotName(step, kind, UUID.randomUUID().toString());
  }

  /** Empty where a file has another name. */
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
