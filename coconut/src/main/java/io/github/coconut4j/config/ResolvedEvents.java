package io.github.coconut4j.config;

import java.io.Reader;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.yaml.snakeyaml.DumperOptions.ScalarStyle;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.error.Mark;
import org.yaml.snakeyaml.events.AliasEvent;
import org.yaml.snakeyaml.events.CollectionEndEvent;
import org.yaml.snakeyaml.events.CollectionStartEvent;
import org.yaml.snakeyaml.events.Event;
import org.yaml.snakeyaml.events.ImplicitTuple;
import org.yaml.snakeyaml.events.NodeEvent;
import org.yaml.snakeyaml.events.ScalarEvent;
import org.yaml.snakeyaml.parser.ParserException;
import org.yaml.snakeyaml.parser.ParserImpl;
import org.yaml.snakeyaml.reader.StreamReader;

/**
 * YAML events in which each alias is replaced by the node of its anchor. Jackson's parser would
 * replace an alias by the anchor's name.
 */
final class ResolvedEvents extends ParserImpl {

  /**
   * A configuration needs a few hundred; without a limit, aliases of aliases could grow without
   * bounds.
   */
  private static final int MAX_REPEATED = 20_000;

  private static final int MAX_NESTED_ANCHORS = 50;

  /** NaN and infinity in YAML. */
  private static final Pattern NOT_FINITE =
      Pattern.compile("[-+]?\\.(inf|Inf|INF)|\\.(nan|NaN|NAN)");

  private final Map<String, List<Event>> anchors = new HashMap<>();
  private final Deque<Recording> open = new ArrayDeque<>();
  private Iterator<Event> alias = Collections.emptyIterator();
  private int repeated;

  ResolvedEvents(Reader yaml) {
    super(new StreamReader(yaml), new LoaderOptions());
  }

  /** Records the events of a node that has an anchor. */
  private static final class Recording {

    private final String anchor;
    private final List<Event> events = new ArrayList<>();
    private int depth;

    Recording(String anchor) {
      this.anchor = anchor;
    }

    /** Whether the node ends with this event. */
    boolean endsWith(Event event) {
      events.add(event);
      if (event instanceof CollectionStartEvent) {
        depth++;
      } else if (event instanceof CollectionEndEvent) {
        depth--;
      }
      return depth == 0;
    }
  }

  @Override
  public Event getEvent() {
    if (alias.hasNext()) {
      return recorded(alias.next());
    }
    Event event = quotedIfNotFinite(super.getEvent());
    if (event instanceof AliasEvent named) {
      alias = node(named).iterator();
      return recorded(alias.next());
    }
    if (event instanceof NodeEvent node && node.getAnchor() != null) {
      require(
          open.size() < MAX_NESTED_ANCHORS, "anchors are nested too deeply", event.getStartMark());
      open.push(new Recording(node.getAnchor()));
    }
    return recorded(event);
  }

  /**
   * Jackson would report NaN or infinity as malformed YAML, without its key. As a text it is
   * rejected where the key needs a number.
   */
  private static Event quotedIfNotFinite(Event event) {
    boolean isNotFinite =
        event instanceof ScalarEvent scalar
            && scalar.isPlain()
            && NOT_FINITE.matcher(scalar.getValue()).matches();
    return isNotFinite ? quoted((ScalarEvent) event) : event;
  }

  private static ScalarEvent quoted(ScalarEvent plain) {
    return new ScalarEvent(
        plain.getAnchor(),
        plain.getTag(),
        new ImplicitTuple(false, true),
        plain.getValue(),
        plain.getStartMark(),
        plain.getEndMark(),
        ScalarStyle.SINGLE_QUOTED);
  }

  private Event recorded(Event event) {
    for (Iterator<Recording> nodes = open.iterator(); nodes.hasNext(); ) {
      Recording node = nodes.next();
      if (node.endsWith(event)) {
        anchors.put(node.anchor, node.events);
        nodes.remove();
      }
    }
    return event;
  }

  private List<Event> node(AliasEvent event) {
    String name = event.getAnchor();
    Mark place = event.getStartMark();
    require(
        open.stream().noneMatch(node -> node.anchor.equals(name)),
        "the anchor " + name + " contains itself",
        place);
    List<Event> node = anchors.get(name);
    require(node != null, "there is no anchor &" + name + " before *" + name, place);
    repeated += node.size();
    require(repeated <= MAX_REPEATED, "aliases repeat more than a configuration can need", place);
    return node;
  }

  private static void require(boolean condition, String problem, Mark place) {
    if (!condition) {
      throw new ParserException(null, null, problem, place);
    }
  }
}
