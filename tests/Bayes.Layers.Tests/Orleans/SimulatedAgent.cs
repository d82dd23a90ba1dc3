using Bayes.Layers.Orleans.Scheduling;

namespace Bayes.Layers.Tests.Orleans;

/// <summary>An agent of a <see cref="SimulatedCluster"/>: the book of a real one, with work that takes simulated time.</summary>
internal sealed class SimulatedAgent(string name, int slots, int slowness)
{
    public AgentBook Book { get; } = new(name);

    public int Slots => slots;

    public int Slowness => slowness;

    public Dictionary<int, (TimeSpan Ends, bool Stopped)> Work { get; } = [];

    public TimeSpan FrozenUntil { get; set; }

    public TimeSpan NextReport { get; set; }

    public long Answered { get; set; }

    public long LastReport { get; set; }
}
