package io.github.coconut4j.data.prosqa;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.coconut4j.data.InvalidProblemException;
import io.github.coconut4j.data.ProblemGraph.Edge;
import io.github.coconut4j.data.PublishedProblems;
import io.github.coconut4j.data.ReasoningProblem;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CanonicalFormTest {

  private static final String QUESTION =
      "Bob is a gorpus. Bob is a zumpus. Tom is a hilpus. Is Bob a gorpus or hilpus?";

  /** The number of directed graphs up to isomorphism: OEIS A000273. */
  @ParameterizedTest
  @CsvSource({"1,1", "2,3", "3,16", "4,218"})
  void tellsExactlyTheNonIsomorphicGraphsApart(int nodes, int expected) {
    List<Edge> possible = possibleEdges(nodes);
    Set<String> forms = new HashSet<>();
    for (int subset = 0; subset < 1 << possible.size(); subset++) {
      List<Edge> edges = new ArrayList<>();
      for (int i = 0; i < possible.size(); i++) {
        if ((subset >> i & 1) == 1) {
          edges.add(possible.get(i));
        }
      }
      forms.add(form(new int[nodes], edges));
    }
    assertThat(forms).hasSize(expected);
  }

  /**
   * One of 3 nodes marked, counted by Burnside's lemma: the identity fixes all 2^6 graphs, the swap
   * of the other two nodes 2^3 of them, so there are (64 + 8) / 2.
   */
  @Test
  void tellsMarkedNodesApart() {
    List<Edge> possible = possibleEdges(3);
    Set<String> forms = new HashSet<>();
    for (int subset = 0; subset < 64; subset++) {
      List<Edge> edges = new ArrayList<>();
      for (int i = 0; i < 6; i++) {
        if ((subset >> i & 1) == 1) {
          edges.add(possible.get(i));
        }
      }
      forms.add(form(new int[] {0, 1, 0}, edges));
    }
    assertThat(forms).hasSize(36);
  }

  @Test
  void doesNotChangeUnderOtherNamesAndOrders() throws IOException {
    ProblemAugmenter augmenter = new ProblemAugmenter(ProsQaNames.published());
    SplittableRandom random = new SplittableRandom(4);
    Set<String> forms = new HashSet<>();
    for (ReasoningProblem problem : PublishedProblems.read()) {
      String form = CanonicalForm.of(problem);
      forms.add(form);
      for (int i = 0; i < 5; i++) {
        ReasoningProblem other = augmenter.augment(problem, random);
        assertThat(other.getQuestion()).isNotEqualTo(problem.getQuestion());
        assertThat(CanonicalForm.of(other)).isEqualTo(form);
      }
    }
    assertThat(forms).as("the published problems are 300 different ones").hasSize(300);
  }

  @Property(tries = 200)
  void doesNotChangeUnderRenumbering(@ForAll long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    int nodes = 1 + random.nextInt(9);
    int[] colours = random.ints(nodes, 0, 2).toArray();
    List<Edge> edges = possibleEdges(nodes).stream().filter(e -> random.nextInt(4) == 0).toList();
    int[] numbers = new int[nodes];
    List<Integer> nodeList = new ArrayList<>();
    for (int i = 0; i < nodes; i++) {
      nodeList.add(i);
    }
    List<Integer> shuffled = RandomDraws.shuffled(nodeList, random);
    int[] renumberedColours = new int[nodes];
    for (int i = 0; i < nodes; i++) {
      numbers[i] = shuffled.get(i);
      renumberedColours[numbers[i]] = colours[i];
    }
    List<Edge> renumbered =
        edges.stream().map(e -> new Edge(numbers[e.from()], numbers[e.to()])).toList();

    assertThat(form(renumberedColours, renumbered)).isEqualTo(form(colours, edges));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "Bob is a gorpus. Bob is a zumpus. Tom is a hilpus. Is Bob a zumpus or hilpus?|true",
        "Tom is a hilpus. Bob is a zumpus. Bob is a gorpus. Is Bob a hilpus or gorpus?|true",
        "Bob is a gorpus. Bob is a zumpus. Tom is a hilpus. Is Tom a gorpus or hilpus?|false",
        "Bob is a gorpus. Bob is a zumpus. Tom is a hilpus. Is Bob a gorpus or zumpus?|false",
        "Bob is a gorpus. Bob is a zumpus. Tom is a gorpus. Is Bob a gorpus or zumpus?|false",
        "Bob is a gorpus. Every gorpus is a zumpus. Tom is a hilpus. Is Bob a gorpus or hilpus?|false",
        "Bob is a gorpus. Bob is a zumpus. Every tom is a hilpus. Is Bob a gorpus or hilpus?|false",
      })
  void differsExactlyWhenTheQuestionDoes(String question, boolean same) {
    String form = CanonicalForm.of(ProsQaQuestion.parse(QUESTION));
    String other = CanonicalForm.of(ProsQaQuestion.parse(question));
    assertThat(other.equals(form)).isEqualTo(same);
  }

  /** Graphs with very many automorphisms, which a plain search would visit one by one. */
  @Test
  void isFastWhereEverythingIsSymmetric() {
    List<Edge> star = new ArrayList<>();
    List<Edge> pairs = new ArrayList<>();
    List<Edge> cycles = new ArrayList<>();
    for (int i = 0; i < 28; i++) {
      star.add(new Edge(28, i));
      cycles.add(new Edge(i, i / 4 * 4 + (i + 1) % 4));
      if (i % 2 == 0) {
        pairs.add(new Edge(i, i + 1));
      }
    }
    Assertions.assertTimeoutPreemptively(
        Duration.ofSeconds(10),
        () -> {
          assertThat(form(new int[29], star)).isNotEqualTo(form(new int[29], pairs));
          assertThat(form(new int[28], cycles)).isNotEqualTo(form(new int[28], pairs));
          assertThat(form(new int[30], List.of())).isNotEqualTo(form(new int[29], List.of()));
        });
  }

  /** As many nodes and automorphisms as one likes: an answer or a refusal, in seconds. */
  @ParameterizedTest
  @ValueSource(ints = {30, 300, 100_000})
  void endsHoweverManyNodesAreAlike(int nodes) {
    List<Edge> star = edges(nodes - 1, i -> new Edge(nodes - 1, i));
    List<Edge> chain = edges(nodes - 1, i -> new Edge(i, i + 1));
    List<Edge> cycle = edges(nodes, i -> new Edge(i, (i + 1) % nodes));
    List<Edge> pairs = edges(nodes / 2, i -> new Edge(2 * i, 2 * i + 1));
    Assertions.assertTimeoutPreemptively(
        Duration.ofSeconds(60),
        () -> {
          for (List<Edge> edges : List.of(star, chain, cycle, pairs, List.<Edge>of())) {
            if (nodes > CanonicalLabelling.MOST_NODES) {
              assertThatThrownBy(() -> form(new int[nodes], edges))
                  .isInstanceOf(InvalidProblemException.class)
                  .hasMessageContaining("at most 2000 nodes", "found 100000");
            } else {
              assertThat(form(new int[nodes], edges)).isNotEmpty();
            }
          }
        });
  }

  @Test
  void completeBipartiteGraphsAreNumbered() {
    assertThat(form(new int[60], bipartite(30, 30)))
        .isEqualTo(form(new int[60], bipartite(30, 30)));
    assertThat(form(new int[60], bipartite(30, 30)))
        .isNotEqualTo(form(new int[60], bipartite(29, 31)));
  }

  private static List<Edge> bipartite(int left, int right) {
    return edges(left * right, i -> new Edge(i % left, left + i / left));
  }

  /**
   * The rook's graph of 4 by 4 squares and Shrikhande's look alike to colour refinement, each with
   * all its nodes, and no automorphism takes one to the other: every order of their copies is a
   * search of its own.
   */
  @Test
  void aSearchWithoutEndIsGivenUp() {
    assertThat(form(new int[32], copies(1, 1))).isNotEqualTo(form(new int[32], copies(0, 2)));
    Assertions.assertTimeoutPreemptively(
        Duration.ofSeconds(60),
        () ->
            assertThatThrownBy(() -> form(new int[16 * 24], copies(12, 12)))
                .isInstanceOf(InvalidProblemException.class)
                .hasMessageContaining("the 384 nodes of a question's graph must differ"));
  }

  private static List<Edge> copies(int rooks, int shrikhandes) {
    List<Edge> edges = new ArrayList<>();
    for (int copy = 0; copy < rooks + shrikhandes; copy++) {
      for (int from = 0; from < 16; from++) {
        for (int to = 0; to < 16; to++) {
          int rows = Math.floorMod(to / 4 - from / 4, 4);
          int columns = Math.floorMod(to % 4 - from % 4, 4);
          boolean line = (rows == 0) != (columns == 0);
          boolean near = List.of(1, 3, 4, 12, 5, 15).contains(4 * rows + columns);
          if (copy < rooks ? line : near) {
            edges.add(new Edge(16 * copy + from, 16 * copy + to));
          }
        }
      }
    }
    return edges;
  }

  private static List<Edge> edges(int count, IntFunction<Edge> edge) {
    return IntStream.range(0, count).mapToObj(edge).toList();
  }

  private static String form(int[] colours, List<Edge> edges) {
    int[] positions = CanonicalLabelling.of(colours, edges);
    assertThat(Arrays.stream(positions).distinct().count()).isEqualTo(colours.length);
    return colours.length + Arrays.toString(CanonicalLabelling.edgeCodes(positions, edges));
  }

  private static List<Edge> possibleEdges(int nodes) {
    List<Edge> edges = new ArrayList<>();
    for (int from = 0; from < nodes; from++) {
      for (int to = 0; to < nodes; to++) {
        if (from != to) {
          edges.add(new Edge(from, to));
        }
      }
    }
    return edges;
  }
}
