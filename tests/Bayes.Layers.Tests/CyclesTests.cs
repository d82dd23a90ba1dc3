using static Bayes.Layers.Tests.TypeReferences;

namespace Bayes.Layers.Tests;

/// <summary>No types of a floor know one another in a circle, so that each can be read after those that it uses.</summary>
public sealed class CyclesTests
{
    [Theory]
    [InlineData("Bayes.Layers.Training")]
    public void No_types_of_a_floor_refer_to_each_other_in_a_circle(string floor)
    {
        var graph = Library.GetTypes().Where(type => IsOurs(type) && type.Namespace == floor)
            .SelectMany(type => Of(type).Where(referred => IsOurs(referred) && referred.Namespace == floor)
                .Select(referred => (From: Outermost(type), To: Outermost(referred))))
            .Where(edge => edge.From != edge.To).ToHashSet();
        InCircles(graph).Select(edge => $"{edge.From.Name} -> {edge.To.Name}").Should().BeEmpty();
    }

    [Fact]
    public void The_check_finds_a_circle() => InCircles([(typeof(int), typeof(long)), (typeof(long), typeof(int)), (typeof(long), typeof(byte))])
        .Should().BeEquivalentTo([(typeof(int), typeof(long)), (typeof(long), typeof(int))]);

    /// <summary>
    /// Returns the references that are left after those to a type without references, and those from a type without users, are removed repeatedly.
    /// </summary>
    private static HashSet<(Type From, Type To)> InCircles(HashSet<(Type From, Type To)> graph)
    {
        var rest = graph.ToHashSet();
        int before;
        do
        {
            before = rest.Count;
            var (from, to) = (rest.Select(edge => edge.From).ToHashSet(), rest.Select(edge => edge.To).ToHashSet());
            rest.RemoveWhere(edge => !from.Contains(edge.To) || !to.Contains(edge.From));
        }
        while (rest.Count < before);
        return rest;
    }

    /// <summary>A nested type, a closure or an iterator belongs to the type that it is declared in.</summary>
    private static Type Outermost(Type type) => type.DeclaringType is { } outer ? Outermost(outer) : type;
}
