using ScottPlot;

namespace Bayes.Layers.Samples.Support.Figures;

/// <summary>
/// Finds the lines along which the values of a grid cross a level (marching squares), with linear interpolation between neighbours. A line
/// continues from cell to cell until it leaves the grid or closes.
/// </summary>
internal sealed class ContourTracer
{
    private readonly PlaneGrid _grid;
    private readonly double[,] _values;
    private readonly double _level;

    // Each edge between two neighbours that the contour crosses, with the edges to which it continues.
    private readonly SortedDictionary<int, List<int>> _crossings = [];

    private ContourTracer(PlaneGrid grid, double[,] values, double level)
    {
        _grid = grid;
        _values = values;
        _level = level;
    }

    /// <summary>Returns the lines at a level; empty if all values are on one side of it.</summary>
    public static IReadOnlyList<Coordinates[]> Trace(PlaneGrid grid, double[,] values, double level)
    {
        var tracer = new ContourTracer(grid, values, level);
        tracer.CrossCells();
        return tracer.JoinLines();
    }

    private void CrossCells()
    {
        for (int row = 0; row < _grid.Rows - 1; row++)
            for (int column = 0; column < _grid.Columns - 1; column++)
                CrossCell(row, column);
    }

    private void CrossCell(int row, int column)
    {
        bool lowerLeft = IsAbove(row, column);
        bool lowerRight = IsAbove(row, column + 1);
        bool upperLeft = IsAbove(row + 1, column);
        bool upperRight = IsAbove(row + 1, column + 1);
        int below = EdgeToTheRight(row, column);
        int above = EdgeToTheRight(row + 1, column);
        int left = EdgeUpwards(row, column);
        int right = EdgeUpwards(row, column + 1);
        bool isSaddle = lowerLeft == upperRight && lowerRight == upperLeft && lowerLeft != lowerRight;
        if (isSaddle)
        {
            // The mean decides which two of the four corners are connected.
            double mean = 0.25 * (_values[row, column] + _values[row, column + 1]
                + _values[row + 1, column] + _values[row + 1, column + 1]);
            bool cutsOffLowerLeft = lowerLeft != mean >= _level;
            Connect(below, cutsOffLowerLeft ? left : right);
            Connect(above, cutsOffLowerLeft ? right : left);
            return;
        }

        Span<int> crossed = stackalloc int[4];
        int count = 0;
        if (lowerLeft != lowerRight)
            crossed[count++] = below;
        if (upperLeft != upperRight)
            crossed[count++] = above;
        if (lowerLeft != upperLeft)
            crossed[count++] = left;
        if (lowerRight != upperRight)
            crossed[count++] = right;
        if (count == 2)
            Connect(crossed[0], crossed[1]);
    }

    private List<Coordinates[]> JoinLines()
    {
        var lines = new List<Coordinates[]>();
        var done = new HashSet<int>();

        // First follows the lines that leave the grid, from one end. The remaining lines are closed.
        foreach ((int edge, List<int> next) in _crossings)
            if (next.Count == 1 && !done.Contains(edge))
                lines.Add(Follow(edge, done));

        foreach (int edge in _crossings.Keys)
        {
            if (done.Contains(edge))
                continue;
            Coordinates[] line = Follow(edge, done);
            lines.Add([.. line, line[0]]);
        }

        return lines;
    }

    private Coordinates[] Follow(int start, HashSet<int> done)
    {
        var line = new List<Coordinates>();
        int edge = start;
        while (edge >= 0)
        {
            done.Add(edge);
            line.Add(PlaceOn(edge));
            int following = -1;
            foreach (int candidate in _crossings[edge])
                if (!done.Contains(candidate))
                {
                    following = candidate;
                    break;
                }

            edge = following;
        }

        return [.. line];
    }

    private Coordinates PlaceOn(int edge)
    {
        int cell = edge / 2;
        int row = cell / _grid.Columns;
        int column = cell % _grid.Columns;
        bool isUpwards = edge % 2 == 1;
        double from = _values[row, column];
        double to = isUpwards ? _values[row + 1, column] : _values[row, column + 1];
        double fraction = (_level - from) / (to - from);
        return isUpwards
            ? new Coordinates(_grid.XAt(column), _grid.YAt(row + fraction))
            : new Coordinates(_grid.XAt(column + fraction), _grid.YAt(row));
    }

    private void Connect(int one, int other)
    {
        Neighbours(one).Add(other);
        Neighbours(other).Add(one);
    }

    private List<int> Neighbours(int edge)
    {
        if (!_crossings.TryGetValue(edge, out List<int>? neighbours))
        {
            neighbours = new List<int>(2);
            _crossings.Add(edge, neighbours);
        }

        return neighbours;
    }

    private bool IsAbove(int row, int column) => _values[row, column] >= _level;

    private int EdgeToTheRight(int row, int column) => 2 * (row * _grid.Columns + column);

    private int EdgeUpwards(int row, int column) => EdgeToTheRight(row, column) + 1;
}
