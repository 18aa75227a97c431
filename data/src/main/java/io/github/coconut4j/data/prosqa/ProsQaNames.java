package io.github.coconut4j.data.prosqa;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import lombok.Value;

/** The names for a problem's nodes, each used at most once per problem. */
@Value
public class ProsQaNames {

  private static final ProsQaNames PUBLISHED =
      new ProsQaNames(
          List.of(
              "Alex", "Bob", "Carol", "Davis", "Eva", "Fae", "Gabriel", "Jack", "Max", "Oliver",
              "Polly", "Rex", "Sally", "Sam", "Stella", "Tom", "Wren"),
          List.of(
              "bompus",
              "boompus",
              "brimpus",
              "chorpus",
              "dumpus",
              "felpus",
              "fompus",
              "gerpus",
              "gorpus",
              "grimpus",
              "gwompus",
              "hilpus",
              "impus",
              "jelpus",
              "jompus",
              "kerpus",
              "lempus",
              "lorpus",
              "numpus",
              "quimpus",
              "rempus",
              "rompus",
              "rorpus",
              "scrompus",
              "shumpus",
              "sterpus",
              "storpus",
              "terpus",
              "timpus",
              "tumpus",
              "vumpus",
              "worpus",
              "wumpus",
              "yerpus",
              "yimpus",
              "yumpus",
              "zhorpus",
              "zumpus"));

  private static final ProsQaNames EXTENDED =
      new ProsQaNames(
          MoreNames.after(PUBLISHED.getPeople(), MoreNames.people()),
          MoreNames.after(PUBLISHED.getConcepts(), MoreNames.concepts()));

  /** Names of nodes without incoming edges. */
  List<String> people;

  /** Names of all other nodes. */
  List<String> concepts;

  /**
   * Creates lists of names.
   *
   * @throws IllegalArgumentException if a name occurs twice
   */
  public ProsQaNames(List<String> people, List<String> concepts) {
    this.people = List.copyOf(people);
    this.concepts = List.copyOf(concepts);
    Set<String> names = new HashSet<>(people);
    names.addAll(concepts);
    if (names.size() != people.size() + concepts.size()) {
      throw new IllegalArgumentException(
          "Names must be distinct, found "
              + people
              + " and "
              + concepts
              + " with a repetition; remove it");
    }
  }

  /** The 17 people and 38 concepts of the published problems. */
  public static ProsQaNames published() {
    return PUBLISHED;
  }

  /**
   * The published names followed by similar ones, 64 people and 165 concepts in total, for graphs
   * that need more than the published ones. None is a prefix of another.
   */
  public static ProsQaNames extended() {
    return EXTENDED;
  }
}
