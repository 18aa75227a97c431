package io.github.coconut4j.data.prosqa;

import io.github.coconut4j.data.ReasoningProblem;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;

/** What the text of a problem shows, by name; shares nothing with the generators. */
final class ShownProblem {

  final ReasoningProblem problem;
  final ProsQaQuestion question;
  final List<ProsQaFact> facts;
  final String answer;
  final String other;
  final Set<String> people = new TreeSet<>();
  final Map<String, List<String>> children = new HashMap<>();
  final Map<String, List<String>> parents = new HashMap<>();
  final Map<String, List<Integer>> mentions = new HashMap<>();
  final Map<String, Integer> depths;

  private final Map<String, Set<String>> ancestors = new HashMap<>();

  ShownProblem(ReasoningProblem problem) {
    this.problem = problem;
    question = ProsQaQuestion.parse(problem.getQuestion());
    facts = question.getFacts();
    answer = ProsQaFact.parse(problem.getAnswer()).object();
    other =
        question.getFirstOption().equals(answer)
            ? question.getSecondOption()
            : question.getFirstOption();
    for (int i = 0; i < facts.size(); i++) {
      ProsQaFact fact = facts.get(i);
      children.computeIfAbsent(fact.subject(), name -> new ArrayList<>()).add(fact.object());
      parents.computeIfAbsent(fact.object(), name -> new ArrayList<>()).add(fact.subject());
      mentions.computeIfAbsent(fact.subject(), name -> new ArrayList<>()).add(i);
      mentions.computeIfAbsent(fact.object(), name -> new ArrayList<>()).add(i);
      if (fact.person()) {
        people.add(fact.subject());
      }
    }
    depths = distances(people, this::children);
  }

  String root() {
    return question.getRoot();
  }

  List<String> children(String name) {
    return children.getOrDefault(name, List.of());
  }

  List<String> parents(String name) {
    return parents.getOrDefault(name, List.of());
  }

  List<String> neighbours(String name) {
    List<String> neighbours = new ArrayList<>(children(name));
    neighbours.addAll(parents(name));
    return neighbours;
  }

  /** Number of facts from any of the starts to each name that is reached. */
  static Map<String, Integer> distances(
      Collection<String> starts, Function<String, List<String>> next) {
    Map<String, Integer> distances = new HashMap<>();
    Deque<String> queue = new ArrayDeque<>(starts);
    starts.forEach(start -> distances.put(start, 0));
    while (!queue.isEmpty()) {
      String name = queue.remove();
      for (String neighbour : next.apply(name)) {
        if (distances.putIfAbsent(neighbour, distances.get(name) + 1) == null) {
          queue.add(neighbour);
        }
      }
    }
    return distances;
  }

  /** All from which a name is reached, itself included. */
  Set<String> ancestors(String name) {
    return ancestors.computeIfAbsent(name, of -> distances(List.of(of), this::parents).keySet());
  }

  /** All that is reached from what leads to a name. */
  Set<String> side(String name) {
    return distances(ancestors(name), this::children).keySet();
  }

  Set<String> component(String name) {
    return distances(List.of(name), this::neighbours).keySet();
  }

  /** Numbers of the facts between names of a set. */
  List<Integer> factsWithin(Set<String> names) {
    List<Integer> numbers = new ArrayList<>();
    for (int i = 0; i < facts.size(); i++) {
      if (names.contains(facts.get(i).subject()) && names.contains(facts.get(i).object())) {
        numbers.add(i);
      }
    }
    return numbers;
  }

  int first(String name) {
    return mentions.get(name).get(0);
  }

  int last(String name) {
    List<Integer> all = mentions.get(name);
    return all.get(all.size() - 1);
  }

  /** The people who reach a name and do not reach the other option. */
  Set<String> ownPeople(String option) {
    Set<String> own = new HashSet<>(ancestors(option));
    own.retainAll(people);
    own.removeAll(ancestors(option.equals(answer) ? other : answer));
    return own;
  }

  /** How many children and parents have those that a person reaches, layer by layer. */
  List<String> degreesByLayer(String person) {
    List<String> degrees = new ArrayList<>();
    distances(List.of(person), this::children)
        .forEach(
            (name, distance) ->
                degrees.add(distance + ":" + parents(name).size() + ":" + children(name).size()));
    Collections.sort(degrees);
    return degrees;
  }
}
