namespace Bayes.Layers.Orleans.Agents;

/// <summary>
/// The places of a silo for shards at work, shared by its jobs. Where several jobs want places, each is offered its share, so that a long job does
/// not keep the others waiting; what nobody wants is for whoever asks.
/// </summary>
internal sealed class Slots
{
    private readonly Lock _lock = new();
    private readonly Dictionary<object, int> _taken = [];
    private readonly HashSet<object> _wanting = [];
    private readonly int _count;
    private int _free;

    public Slots(int count) => _count = _free = count;

    /// <summary>Takes as many places as a job may have now.</summary>
    public int Take(object job)
    {
        lock (_lock)
        {
            var held = _taken.GetValueOrDefault(job);
            var others = _wanting.Count(other => other != job);
            var share = others == 0 ? _count : (_count + others) / (others + 1);
            var taken = Math.Clamp(share - held, 0, _free);
            _free -= taken;
            _taken[job] = held + taken;
            return taken;
        }
    }

    /// <summary>Gives places back.</summary>
    public void Return(object job, int places)
    {
        lock (_lock)
        {
            _free += places;
            _taken[job] -= places;
        }
    }

    /// <summary>Says whether a job had more work than places when it asked last.</summary>
    public void Want(object job, bool wants)
    {
        lock (_lock)
            _ = wants ? _wanting.Add(job) : _wanting.Remove(job);
    }

    /// <summary>Forgets a job that holds no places.</summary>
    public void Forget(object job)
    {
        lock (_lock)
        {
            _wanting.Remove(job);
            _taken.Remove(job);
        }
    }
}
