package io.github.coconut4j.data.prosqa;

import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.ToDoubleBiFunction;
import java.util.function.ToDoubleFunction;

/**
 * Rules that choose an option without following facts from the root to it: each gives an option a
 * value, and the one with the greater value is chosen. That the greater value is wrong as often as
 * it is right covers a rule's opposite too.
 */
final class ShortcutRules {

  /** The rules by what an option has more of. */
  static final Map<String, ToDoubleBiFunction<ShownProblem, String>> RULES = new LinkedHashMap<>();

  private ShortcutRules() {}

  static {
    addDegrees();
    addSides();
    addPlaces();
    addNames();
    addHalfSearches();
  }

  private static void addDegrees() {
    RULES.put("depth from the nearest person", (p, o) -> p.depths.get(o));
    RULES.put("depth from the farthest person", (p, o) -> longest(p, o));
    RULES.put("incoming edges", (p, o) -> p.parents(o).size());
    RULES.put("outgoing edges", (p, o) -> p.children(o).size());
    RULES.put("outgoing edges of parents", (p, o) -> sum(p.parents(o), n -> p.children(n).size()));
    RULES.put("incoming edges of parents", (p, o) -> sum(p.parents(o), n -> p.parents(n).size()));
    RULES.put("grandparents", (p, o) -> sum(p.parents(o), n -> sum(p.parents(n), m -> 1)));
    RULES.put("outgoing of ancestors", (p, o) -> sum(p.ancestors(o), n -> p.children(n).size()));
    RULES.put("incoming of ancestors", (p, o) -> sum(p.ancestors(o), n -> p.parents(n).size()));
    RULES.put("widest ancestor", (p, o) -> most(p.ancestors(o), n -> p.children(n).size()));
    RULES.put("most entered ancestor", (p, o) -> most(p.ancestors(o), n -> p.parents(n).size()));
    RULES.put("degree of its own people", (p, o) -> sum(p.ownPeople(o), n -> p.children(n).size()));
  }

  private static void addSides() {
    RULES.put("ancestors", (p, o) -> p.ancestors(o).size());
    RULES.put("descendants", (p, o) -> ShownProblem.distances(List.of(o), p::children).size());
    RULES.put("people above", (p, o) -> sum(p.ancestors(o), n -> p.people.contains(n) ? 1 : 0));
    RULES.put("people above it alone", (p, o) -> p.ownPeople(o).size());
    RULES.put("names on its side", (p, o) -> p.side(o).size());
    RULES.put("facts on its side", (p, o) -> p.factsWithin(p.side(o)).size());
    RULES.put("facts among ancestors", (p, o) -> p.factsWithin(p.ancestors(o)).size());
    RULES.put("dead ends", (p, o) -> sum(p.side(o), n -> p.children(n).isEmpty() ? 1 : 0));
    RULES.put("siblings", (p, o) -> new TreeSet<>(siblings(p, o)).size());
    RULES.put("paths to it", (p, o) -> paths(p, o));
    RULES.put("chance of a random walk", (p, o) -> walk(p, o));
    RULES.put("shape of its neighbourhood", (p, o) -> colour(p, o, 3));
    RULES.put("size of what hangs together with it", (p, o) -> p.component(o).size());
    RULES.put("depth of its side", (p, o) -> most(p.side(o), n -> p.depths.get(n)));
  }

  private static void addPlaces() {
    RULES.put("first option of the question", (p, o) -> isFirst(p, o) ? 1 : 0);
    RULES.put("first mention", (p, o) -> p.first(o));
    RULES.put("last mention", (p, o) -> p.last(o));
    RULES.put("distance to the root's first mention", (p, o) -> p.first(o) - p.first(p.root()));
    RULES.put(
        "closeness to the root's first mention",
        (p, o) -> -Math.abs(p.first(o) - p.first(p.root())));
    RULES.put(
        "closeness to the root's last mention", (p, o) -> -Math.abs(p.last(o) - p.last(p.root())));
    RULES.put("closeness to any mention of the root", (p, o) -> -nearest(p, o, p.root()));
    RULES.put("in the first fact's side", (p, o) -> mentionedWithin(p, o, 0));
    RULES.put("in the last fact's side", (p, o) -> mentionedWithin(p, o, p.facts.size() - 1));
    RULES.put("mean place of the facts above it", (p, o) -> mean(p.factsWithin(p.ancestors(o))));
    RULES.put("mean place of its side's facts", (p, o) -> mean(p.factsWithin(p.side(o))));
    RULES.put("facts above it in reading order", (p, o) -> inOrder(p, o));
    RULES.put("place of a parent's facts", (p, o) -> p.first(p.parents(o).get(0)));
    RULES.put("number in idx_to_symbol", (p, o) -> symbols(p).indexOf(o));
    RULES.put(
        "closeness to the root in idx_to_symbol",
        (p, o) -> -Math.abs(symbols(p).indexOf(o) - symbols(p).indexOf(p.root())));
    RULES.put("place in edges", (p, o) -> edgeInto(p, symbols(p).indexOf(o)));
  }

  private static void addNames() {
    RULES.put("length of its name", (p, o) -> o.length());
    RULES.put(
        "order of the alphabet",
        (p, o) -> o.compareTo(p.other) > 0 || o.compareTo(p.answer) > 0 ? 1 : 0);
    RULES.put(
        "place in the list of names", (p, o) -> ProsQaNames.extended().getConcepts().indexOf(o));
    RULES.put("letters in common with the root", (p, o) -> inCommon(o, p.root()));
    RULES.put(
        "letters in common with the root's children",
        (p, o) -> sum(p.children(p.root()), n -> inCommon(o, n)));
    RULES.put("sum of letters", (p, o) -> o.chars().sum());
    RULES.put("length of its parents' names", (p, o) -> sum(p.parents(o), String::length));
    RULES.put("length of the names above it", (p, o) -> sum(p.ancestors(o), String::length));
  }

  /** Searches from the root that end before they can meet the option. */
  private static void addHalfSearches() {
    RULES.put("reached in steps - 1", (p, o) -> reached(p, o, p.problem.getSteps().size() - 1));
    RULES.put("met halfway in either direction", (p, o) -> meets(p, o));
    RULES.put("shares a parent with the root's child", (p, o) -> sharesParent(p, o));
  }

  private static double sum(Collection<String> names, ToDoubleFunction<String> value) {
    return names.stream().mapToDouble(value).sum();
  }

  private static double most(Collection<String> names, ToDoubleFunction<String> value) {
    return names.stream().mapToDouble(value).max().orElse(0);
  }

  private static double mean(Collection<Integer> numbers) {
    return numbers.stream().mapToInt(Integer::intValue).average().orElse(0);
  }

  private static double longest(ShownProblem p, String name) {
    return fromAbove(p, name, 0, (sum, parent, value) -> Math.max(sum, value + 1), new HashMap<>());
  }

  private static double paths(ShownProblem p, String name) {
    return fromAbove(p, name, 1, (sum, parent, value) -> sum + value, new HashMap<>());
  }

  private static double walk(ShownProblem p, String name) {
    return fromAbove(
        p,
        name,
        1,
        (sum, parent, value) -> sum + rounded(value / p.children(parent).size()),
        new HashMap<>());
  }

  private interface Sum {
    double with(double sum, String parent, double value);
  }

  /** A value that follows from those of the parents; that of people is given. */
  private static double fromAbove(
      ShownProblem p, String name, double ofPeople, Sum sum, Map<String, Double> known) {
    if (p.people.contains(name)) {
      return ofPeople;
    }
    Double value = known.get(name);
    if (value == null) {
      value = 0.0;
      for (String parent : new TreeSet<>(p.parents(name))) {
        value = sum.with(value, parent, fromAbove(p, parent, ofPeople, sum, known));
      }
      known.put(name, value);
    }
    return value;
  }

  private static List<String> siblings(ShownProblem p, String name) {
    return p.parents(name).stream().flatMap(parent -> p.children(parent).stream()).toList();
  }

  /** A hash of the degrees within so many facts (Weisfeiler and Leman). */
  private static long colour(ShownProblem p, String name, int rounds) {
    long own = 31L * p.parents(name).size() + p.children(name).size();
    if (rounds == 0) {
      return own;
    }
    long above = p.parents(name).stream().mapToLong(n -> mixed(colour(p, n, rounds - 1))).sum();
    long below = p.children(name).stream().mapToLong(n -> mixed(colour(p, n, rounds - 1))).sum();
    return mixed(own + 3 * above + 5 * below) >>> 16; // exact as a double
  }

  private static long mixed(long value) {
    long mixed = (value ^ value >>> 31) * 0x9E3779B97F4A7C15L;
    return mixed ^ mixed >>> 29;
  }

  private static boolean isFirst(ShownProblem p, String option) {
    return p.question.getFirstOption().equals(option);
  }

  private static double nearest(ShownProblem p, String one, String two) {
    return p.mentions.get(one).stream()
        .flatMapToInt(i -> p.mentions.get(two).stream().mapToInt(j -> Math.abs(i - j)))
        .min()
        .orElseThrow();
  }

  private static double mentionedWithin(ShownProblem p, String option, int fact) {
    return p.ancestors(option).contains(p.facts.get(fact).subject()) ? 1 : 0;
  }

  /** How many facts above an option stand after one that names their subject. */
  private static double inOrder(ShownProblem p, String option) {
    return p.factsWithin(p.ancestors(option)).stream()
        .filter(i -> p.first(p.facts.get(i).subject()) < i)
        .count();
  }

  private static List<String> symbols(ShownProblem p) {
    return p.problem.getGraph().orElseThrow().getSymbols();
  }

  private static int edgeInto(ShownProblem p, int node) {
    var edges = p.problem.getGraph().orElseThrow().getEdges();
    return edges.indexOf(
        edges.stream().filter(edge -> edge.to() == node).findFirst().orElseThrow());
  }

  private static double inCommon(String one, String two) {
    return one.chars().filter(letter -> two.toLowerCase(Locale.ROOT).indexOf(letter) >= 0).count();
  }

  private static double reached(ShownProblem p, String option, int steps) {
    Integer distance = ShownProblem.distances(List.of(p.root()), p::children).get(option);
    return distance != null && distance <= steps ? 1 : 0;
  }

  private static double meets(ShownProblem p, String option) {
    int radius = (p.problem.getSteps().size() - 1) / 2;
    Map<String, Integer> fromRoot = ShownProblem.distances(List.of(p.root()), p::neighbours);
    Map<String, Integer> fromOption = ShownProblem.distances(List.of(option), p::neighbours);
    return fromRoot.keySet().stream()
            .anyMatch(
                name ->
                    fromRoot.get(name) <= radius
                        && fromOption.getOrDefault(name, Integer.MAX_VALUE) <= radius)
        ? 1
        : 0;
  }

  private static double sharesParent(ShownProblem p, String option) {
    Set<String> near = new TreeSet<>();
    p.children(p.root()).forEach(child -> near.addAll(p.parents(child)));
    near.remove(p.root());
    return p.parents(option).stream().anyMatch(near::contains) ? 1 : 0;
  }

  private static double rounded(double value) {
    return Math.rint(value * 1e12) / 1e12;
  }
}
