using Bayes.Layers.Numerics;

namespace Bayes.Layers.Sampling;

/// <summary>The random numbers of a chain, each a function of the seed, the chain and the iteration alone.</summary>
/// <param name="seed">The seed.</param>
/// <param name="chain">Zero-based index of the chain.</param>
internal sealed class ChainNoise(long seed, int chain)
{
    private readonly ulong _start = StreamOf("start", chain);
    private readonly ulong _momentum = StreamOf("momentum", chain);
    private readonly ulong _trial = StreamOf("trial", chain);
    private readonly ulong _choice = StreamOf("choice", chain);
    private float[] _room = [];

    /// <summary>Writes the N(0, 1) numbers of the chain's start.</summary>
    public void Start(Span<double> numbers) => Fill(numbers, _start, 0);

    /// <summary>Writes the N(0, 1) numbers of an iteration's momentum.</summary>
    public void Momentum(int iteration, Span<double> numbers) => Fill(numbers, _momentum, iteration);

    /// <summary>Writes the N(0, 1) numbers of the momentum with which a step size is tried.</summary>
    public void Trial(int trial, Span<double> numbers) => Fill(numbers, _trial, trial);

    /// <summary>Returns an exponential number, for acceptance, and one from 0 to 1, for the length of the trajectory.</summary>
    public (double Exponential, double Uniform) Choices(int iteration)
    {
        Span<double> z = stackalloc double[4];
        Fill(z, _choice, iteration);
        // Half the sum of two squares is exponential (Box & Muller 1958).
        return (0.5 * (z[0] * z[0] + z[1] * z[1]), Math.Exp(-0.5 * (z[2] * z[2] + z[3] * z[3])));
    }

    private void Fill(Span<double> numbers, ulong stream, int draw)
    {
        if (_room.Length < numbers.Length)
            _room = new float[numbers.Length];
        NamedNormals.Fill(_room.AsSpan(0, numbers.Length), seed, stream, (uint)draw);
        for (int i = 0; i < numbers.Length; i++)
            numbers[i] = _room[i];
    }

    private static ulong StreamOf(string name, int chain) => NamedNormals.Stream(FormattableString.Invariant($"{name} of chain {chain}"));
}
