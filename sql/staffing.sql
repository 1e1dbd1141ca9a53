-- staffing(): how many people does it take? (Erlang C)

CREATE FUNCTION staffing(arrivals_per_hour float8, handle_time interval, target interval, level float8,
		OUT agents int, OUT occupancy float8, OUT p_wait float8, OUT mean_wait interval, OUT service_level float8)
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION staffing(float8, interval, interval, float8) IS
	'the fewest people with whom a share `level` of calls is answered within the target (Erlang C: nobody hangs up, so it is rather too many); shares are 0..1';

CREATE FUNCTION staffing_at(agents int, arrivals_per_hour float8, handle_time interval, target interval,
		OUT agents int, OUT occupancy float8, OUT p_wait float8, OUT mean_wait interval, OUT service_level float8)
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION staffing_at(int, float8, interval, interval) IS
	'how well so many people would answer (Erlang C); NULL when they are not more than the load, for the line would grow without end';
