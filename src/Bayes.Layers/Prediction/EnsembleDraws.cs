using Bayes.Layers.Numerics;
using static TorchSharp.torch;

namespace Bayes.Layers.Prediction;

/// <summary>Holds functions of several members, each at its place.</summary>
/// <remarks>Owns the members' functions.</remarks>
internal sealed class EnsembleDraws : FunctionDraws
{
    private readonly IReadOnlyList<Part> _parts;

    private EnsembleDraws(IReadOnlyList<Part> parts, int count) : base(count) => _parts = parts;

    /// <summary>Draws the functions of the members.</summary>
    /// <param name="shares">Which draws belong to which member.</param>
    /// <param name="offset">The first of the draws, counted from the first of the shares.</param>
    /// <param name="count">How many draws.</param>
    /// <param name="members">The members that have draws, and perhaps others.</param>
    /// <param name="draw">Draws functions of a member, given how many of its own come before them and their number; also returns their
    /// front.</param>
    public static EnsembleDraws Of(
        DrawShares shares, int offset, int count, IEnumerable<int> members, Func<int, int, int, (FunctionDraws, FunctionFront?)> draw)
    {
        var parts = new List<Part>();
        try
        {
            foreach (int member in members)
                if (shares.Of(member, offset, count) is (var before, { Length: > 0 } places))
                {
                    var (draws, front) = draw(member, before, places.Length);
                    parts.Add(new Part(member, draws, front, places));
                }
            return new EnsembleDraws(parts, count);
        }
        catch
        {
            foreach (var part in parts)
                part.Draws.Dispose();
            throw;
        }
    }

    public override Tensor Apply(Tensor input) => Apply((NetworkInput)input);

    public override Tensor Apply(NetworkInput input)
    {
        using var scope = NewDisposeScope();
        var outputs = _parts.Select(part => part.Apply(input)).ToArray();
        for (int i = 1; i < outputs.Length; i++)
            if (!outputs[i].shape.AsSpan(1).SequenceEqual(outputs[0].shape.AsSpan(1)))
                throw new InvalidOperationException(
                    $"Member {_parts[i].Member} returned shape {Shapes.Describe(outputs[i].shape[1..])}, and member {_parts[0].Member} "
                    + $"{Shapes.Describe(outputs[0].shape[1..])}; expected one shape.");
        if (outputs is [var only])
            return only.MoveToOuterDisposeScope();
        var all = empty([Count, .. outputs[0].shape[1..]], outputs[0].dtype, outputs[0].device);
        foreach (var (part, output) in _parts.Zip(outputs))
            all.index_copy_(0, tensor(part.Places, ScalarType.Int64, device: all.device), output);
        return all.MoveToOuterDisposeScope();
    }

    internal override void DrawAll()
    {
        foreach (var part in _parts)
            part.Draws.DrawAll();
    }

    protected override void Dispose(bool disposing)
    {
        foreach (var part in _parts)
            part.Draws.Dispose();
    }

    /// <summary>Holds the functions of one member.</summary>
    /// <param name="Member">The member's index.</param>
    /// <param name="Draws">Its functions.</param>
    /// <param name="Front">What runs before them, or null.</param>
    /// <param name="Places">Their places among all.</param>
    private sealed record Part(int Member, FunctionDraws Draws, FunctionFront? Front, int[] Places)
    {
        /// <summary>Applies the functions behind their front.</summary>
        public Tensor Apply(NetworkInput input)
        {
            if (Front is null)
                return Draws.Apply(input);
            using var scope = NewDisposeScope();
            // Copy: the front may change it.
            return Draws.Apply(Front.Apply(input.Clone())).MoveToOuterDisposeScope();
        }
    }
}
